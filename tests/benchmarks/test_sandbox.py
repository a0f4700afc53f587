"""The sandbox's benchmark itself, with few streams and no word about speed."""

import json
import subprocess
import sys
from pathlib import Path


def test_every_stream_is_answered_and_a_figure_comes_out(tmp_path: Path) -> None:
    """Ten streams for a second: none is lost, each is sent as much as it sends."""
    figures = tmp_path / "figures.json"
    few = ["--streams", "10", "--seconds", "1", "--json", str(figures)]
    command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.sandbox", *few]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert "10 streams: " in done.stdout, done.stderr
    found = json.loads(figures.read_text())
    assert (found["lost_streams"], found["inputs"]) == (0, 100)
    assert found["outputs"] >= 80
