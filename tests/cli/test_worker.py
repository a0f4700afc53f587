import subprocess
from pathlib import Path

from tests.cli.processes import COMMAND, surroundings


def test_a_worker_without_a_parent_is_refused(tmp_path: Path) -> None:
    """Whoever tries it by hand is told what is missing; what it does with a parent, tests/e2e/test_workers.py shows."""
    arguments = ("worker", "0", "--listener", "77", "--lifeline", "78")
    done = subprocess.run(
        [*COMMAND, *arguments], check=False, cwd=tmp_path, env=surroundings(), capture_output=True, text=True
    )

    assert done.returncode == 2
    assert "78 is no socket that was inherited" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_does_not_list_it(tmp_path: Path) -> None:
    """It is nothing to start."""
    done = subprocess.run([*COMMAND, "--help"], check=True, env=surroundings(), capture_output=True, text=True)

    assert "serve" in done.stdout
    assert "worker " not in done.stdout
