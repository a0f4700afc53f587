"""The options that commands share, and the settings they lead to."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gateway.settings.model import Settings

DEFAULT_CONFIG = Path("config/gateway.toml")

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="Settings file.", show_default=f"{DEFAULT_CONFIG} where it exists"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


def config_file(config: Path | None) -> Path | None:
    """The settings file to read: the one that was named, else the usual one where it exists, else none."""
    return config or (DEFAULT_CONFIG if DEFAULT_CONFIG.is_file() else None)


def read_settings(config: Path | None) -> "Settings":
    """The settings by `--config` and this process's environment.

    Raises:
        ConfigError: they cannot be used.
    """
    from gateway.settings.load import environment, load_settings

    return load_settings(config_file(config), environment())
