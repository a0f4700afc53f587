import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.markup import render
from typer.main import get_command
from typer.testing import CliRunner

from gateway.cli.app import app, main
from tests.cli.processes import COMMAND, surroundings

HEAVY = ("av", "httpx", "numpy", "picows", "pydantic", "redis", "telnyx", "twilio", "uvicorn", "websockets")


def test_problems_are_printed_one_a_line_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And the exit code says that there are some."""
    config = tmp_path / "gateway.toml"
    config.write_text('[media]\nlead_ms = "soon"\nstall = 1\n')

    with pytest.raises(SystemExit) as caught:
        main(["route", "+14155551234", "--config", str(config)])

    assert caught.value.code == 1
    assert capsys.readouterr().err.splitlines() == [
        f"media.lead_ms ({config}) must be a whole number, not 'soon'",
        f"media.stall ({config}) is not a setting; did you mean media.stall_ms?",
    ]


def test_help_names_every_command() -> None:
    """What there is to do."""
    result = CliRunner().invoke(app, ["--help"])

    assert result.exit_code == 0
    for command in ("demo", "serve", "check", "route", "sandbox", "call", "numbers", "doctor"):
        assert f"│ {command} " in result.stdout


def parameters(command: Any) -> Iterator[Any]:
    """Every option and argument of a command and of those under it."""
    yield from command.params
    for inner in getattr(command, "commands", {}).values():
        yield from parameters(inner)


def test_no_help_is_swallowed_as_markup() -> None:
    """Words in square brackets are colours to the terminal: what they say would not be seen."""
    helps = [text for parameter in parameters(get_command(app)) if (text := getattr(parameter, "help", None))]

    assert helps
    assert [text for text in helps if render(text).plain != text] == []


def test_a_terminal_without_all_letters_is_told_what_it_can_show() -> None:
    """One of Latin-1 has no ellipsis: the help was a traceback."""
    told = subprocess.run(
        [*COMMAND, "--help"], env=surroundings(PYTHONIOENCODING="latin-1"), capture_output=True, check=True
    )

    assert b"sk_test_\\u2026" in told.stdout


def test_help_says_which_settings_are_read() -> None:
    """For every command that has the option."""
    result = CliRunner().invoke(app, ["check", "--help"], env={"COLUMNS": "140"})

    assert "[default: (config/gateway.toml where it exists)]" in result.stdout


def test_help_imports_nothing_heavy() -> None:
    """It is there at once."""
    script = f"import sys, gateway.cli.app; print(*(name for name in {HEAVY!r} if name in sys.modules))"

    loaded = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    assert loaded.stdout.split() == []


def test_the_package_is_the_command() -> None:
    """`python -m gateway`, where the script is not on the path."""
    done = subprocess.run([sys.executable, "-m", "gateway", "--help"], check=True, capture_output=True, text=True)

    assert "route" in done.stdout
