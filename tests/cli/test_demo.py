from pathlib import Path

from typer.testing import CliRunner

from gateway.cli.app import app
from gateway.errors import ConfigError


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    """Before anybody is called; the demo itself is tried in tests/demo."""
    taken = tmp_path / "taken"
    taken.write_text("")

    result = CliRunner().invoke(app, ["demo", "--out", str(taken)])

    assert isinstance(result.exception, ConfigError)
    assert str(result.exception) == f"--out: {taken} cannot be written to: File exists"
