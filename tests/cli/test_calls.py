from pathlib import Path

from typer.testing import CliRunner

from gateway.cli.app import app
from tests.fakes.valkey import free_port


def test_without_a_gateway_that_is_said(tmp_path: Path) -> None:
    """By the settings' names."""
    config = tmp_path / "gateway.toml"
    config.write_text(f"[admin]\nport = {free_port()}\n")
    told = CliRunner().invoke(app, ["calls", "--config", str(config)])
    assert told.exit_code == 1
    assert "admin.port" in str(told.exception)
