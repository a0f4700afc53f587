"""Reads the settings: the file, over it mounted secret files, over those the environment.

All problems are found before any is reported.
"""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from gateway.errors import ConfigError
from gateway.routing.toml import parse_toml, read_file
from gateway.routing.wording import complaint, dotted, shown, unknown_key
from gateway.settings.fields import all_settings
from gateway.settings.model import Settings
from gateway.settings.variables import Variable, environment_variables, nested, secret_files, unknown_variables

Tables = dict[str, Any]
"""Settings as a TOML file has them."""

_PATHS = (("routes",), ("secrets_dir",), ("media", "hold_clip"))
"""Settings that are relative to the configuration file where they stand in it."""

_USERINFO = re.compile(r"^([a-z+]*://)?.*@", re.DOTALL | re.IGNORECASE)
"""Of a URL, however broken: all before its last `@` may be a password."""
_QUERY = re.compile(r"(?<=\?).*", re.DOTALL)
"""Redis takes passwords there too."""


def environment() -> Mapping[str, str]:
    """This process's environment: the one place that reads it."""
    return os.environ  # noqa: TID251  everybody else is handed what they need


def load_settings(config: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings by file, secret files and environment; defaults for all that none of them says.

    Raises:
        ConfigError: every problem, with the setting's name, where its value came from and, if no secret, the value.
    """
    problems: list[str] = []
    tables = _collect(problems, {}, lambda: _read_tables(config))
    in_environment = environment_variables(environ)
    folder = _secrets_dir(tables, in_environment)
    in_files = _collect(problems, {}, lambda: secret_files(folder) if folder else {})
    problems += unknown_variables(in_files) + unknown_variables(in_environment)
    variables = {**in_files, **in_environment}
    try:
        settings = Settings.model_validate(_over(tables, nested(_known(variables))))
    except ValidationError as exc:
        origins = _origins(config, variables)
        problems += [_problem(error, origins) for error in exc.errors(include_url=False)]
    else:
        if not problems:
            return settings
    # Raised where no exception is being handled: pydantic's would carry the values, secrets too, into a traceback.
    raise ConfigError(problems)


def _collect(problems: list[str], otherwise: dict[str, Any], read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return read()
    except ConfigError as exc:
        problems += exc.problems
        return otherwise


def _read_tables(config: Path | None) -> Tables:
    if config is None:
        return {}
    tables = parse_toml(read_file(config), str(config))
    tables.setdefault("routes", str(Settings.model_fields["routes"].default))
    for *section, key in _PATHS:
        table = tables.get(section[0], {}) if section else tables
        if isinstance(table, dict) and isinstance(path := table.get(key), str) and path:
            table[key] = str(config.parent / path)
    return tables


def _secrets_dir(tables: Tables, in_environment: Mapping[str, Variable]) -> Path | None:
    """The folder, before anything is validated: it says what there is to validate."""
    variable = in_environment.get("gateway_secrets_dir")
    folder = variable.value if variable else tables.get("secrets_dir")
    return Path(folder) if isinstance(folder, str) and folder else None


def _known(variables: Mapping[str, Variable]) -> dict[str, Variable]:
    names = {setting.variable.lower() for setting in all_settings()}
    return {name: variable for name, variable in variables.items() if name in names}


def _over(tables: Tables, above: Tables) -> Tables:
    """The tables with what is above them laid over, key by key."""
    merged = dict(tables)
    for key, value in above.items():
        below = merged.get(key, {})
        if not isinstance(value, dict):
            merged[key] = value
        elif isinstance(below, dict):
            merged[key] = {**below, **value}
        # Else the file has something else than a table there: left to be reported.
    return merged


def _origins(config: Path | None, variables: Mapping[str, Variable]) -> Callable[[str], str]:
    """Tells where a setting's value came from: ` (GATEWAY_MEDIA__LEAD_MS)`, or "" where nobody said it."""
    by_name = {
        setting.name: variables[setting.variable.lower()].origin
        for setting in all_settings()
        if setting.variable.lower() in variables
    }

    def origin(name: str) -> str:
        where = by_name.get(name, config)
        return f" ({where})" if where else ""

    return origin


def _problem(error: ErrorDetails, origin: Callable[[str], str]) -> str:
    path = error["loc"]
    name = dotted(path)
    if error["type"] == "extra_forbidden":
        return unknown_key(Settings, path).replace(name, name + origin(name), 1)
    setting = dotted(path[:2]) if len(path) > 1 else name
    return f"{name}{origin(name.partition('[')[0])} {complaint(error, _shown(setting))}"


def _shown(name: str) -> Callable[[object], str]:
    """How to show a value of this setting; what stands for a whole section may be a secret."""
    plain = {setting.name for setting in all_settings() if not setting.is_secret}
    return _without_password if name in plain else lambda _: "***"


def _without_password(value: object) -> str:
    return shown(_QUERY.sub("***", _USERINFO.sub(r"\1***@", value)) if isinstance(value, str) else value)
