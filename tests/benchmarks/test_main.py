"""The command itself, with few calls and no word about speed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("parts", ["codecs,tls", "webhooks,memory,soak", "clears,profile"])
def test_each_part_prints_a_table_and_writes_its_figures(parts: str, tmp_path: Path) -> None:
    """All audio arrives, and each limit has its line; what figures this machine comes to is left open."""
    figures = tmp_path / "figures.json"
    command = [sys.executable, "-m", "tests.benchmarks", "--short", "--only", parts, "--json", str(figures)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stderr
    found = json.loads(figures.read_text())
    assert list(found) == parts.split(",")
    for name, part in found.items():
        assert part["problems"] == []
        assert f"\n{name}\n" in done.stdout
        for verdict in part["verdicts"]:
            assert verdict["limit"] in done.stdout
    assert "part 1 of" in done.stderr


def test_a_part_that_there_is_not_is_named() -> None:
    command = [sys.executable, "-m", "tests.benchmarks", "--only", "relay,speed"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "parts are relay, codecs, tls, webhooks, clears, memory, flat, soak, profile, not speed" in done.stderr
