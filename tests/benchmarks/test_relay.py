"""The benchmark itself, with few calls and no word about speed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(("other", "passes"), [("plain", 1), ("bare", 5)])
def test_both_relays_carry_every_byte_and_a_table_comes_out(other: str, passes: int, tmp_path: Path) -> None:
    """Four calls a relay for a second: all audio arrives both ways, and whoever runs it sees the ratio."""
    figures = tmp_path / "figures.json"
    few = ["--calls", "4", "--seconds", "1", "--rounds", "1", "--json", str(figures)]
    command = [sys.executable, "-m", "tests.benchmarks.relay", *few, *(["--bare"] if other == "bare" else [])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stderr
    assert "ratio: " in done.stdout
    rounds = {measured["relay"]: measured for measured in json.loads(figures.read_text())["rounds"]}
    assert rounds.keys() == {other, "gateway"}
    for measured in rounds.values():
        assert measured["problems"] == []
        assert measured["frames"] >= 4 * 50
        assert measured["outputs"] >= 4 * 10
    passed = rounds[other]["frames"] / rounds[other]["inputs"]
    assert abs(passed - passes) < 0.5, "the plain relay passes frame by frame, the bare one chunk by chunk"
    assert rounds["gateway"]["inputs"] < rounds["gateway"]["frames"] / 4, "ours sends 100 ms at a time"
