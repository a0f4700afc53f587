from pathlib import Path

import pytest

from gateway.cli.configuration import DEFAULT_CONFIG, config_file, read_settings
from gateway.errors import ConfigError


def test_a_named_file_is_read(tmp_path: Path) -> None:
    """Its values over the defaults."""
    config = tmp_path / "gateway.toml"
    config.write_text("[media]\nlead_ms = 60\n")

    assert read_settings(config).media.lead_ms == 60


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    """Nobody names a file to get the defaults."""
    with pytest.raises(ConfigError, match="cannot be read"):
        read_settings(tmp_path / "none.toml")


def test_the_usual_file_is_read_where_it_exists() -> None:
    """Beside that, environment alone is enough."""
    assert config_file(None) == (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None)
    assert config_file(Path("other.toml")) == Path("other.toml")
