"""Settings that come one by one under names like environment variables: from the environment or from mounted files."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource

from gateway.errors import ConfigError
from gateway.routing.wording import unknown
from gateway.settings.fields import all_settings
from gateway.settings.model import DELIMITER, PREFIX, Settings

_SERVICE_LINK = re.compile(
    r"(.+_)?(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)=.*"
    r"|(.+_)?PORT=(tcp|udp|sctp)://.*",
    re.DOTALL,
)
"""What Kubernetes adds to every pod for a Service called `gateway…`: `GATEWAY_PORT=tcp://10.0.0.1:80` and so on
(https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables). No settings of ours. But
`GATEWAY_SERVER_PORT=8081` is somebody's misspelt setting: there its value tells."""

_OPTIONS = frozenset({"CALL_SIGNING_KEY"})
"""Secrets that a command takes from the environment, so that no list of processes shows them. No settings either."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A value under a name."""

    value: str
    origin: str
    """Where an operator finds it: the variable's name or the file's path."""


def environment_variables(environ: Mapping[str, str]) -> dict[str, Variable]:
    """Ours, by lower-case name."""
    return {
        name.lower(): Variable(value, name)
        for name, value in environ.items()
        if name.upper().startswith(PREFIX) and not _is_foreign(name.upper().removeprefix(PREFIX), value)
    }


def secret_files(folder: Path) -> dict[str, Variable]:
    """Ours among a folder's files, by lower-case name; no line end after a value and no byte order mark is part of it.

    Raises:
        ConfigError: the folder or a file cannot be read.
    """
    try:
        files = [
            path for path in sorted(folder.iterdir()) if path.name.upper().startswith(PREFIX) and not path.is_dir()
        ]
    except OSError as exc:
        raise ConfigError([f"secrets_dir cannot be read: {folder}: {exc.strerror}"]) from exc
    except ValueError as exc:
        raise ConfigError([f"secrets_dir is no path: {str(folder)!a}: {exc}"]) from exc
    found, problems = {}, []
    for path in files:
        try:
            found[path.name.lower()] = Variable(path.read_bytes().decode("utf-8-sig").rstrip("\r\n"), str(path))
        except OSError as exc:
            problems.append(f"{path} cannot be read: {exc.strerror}")
        except UnicodeDecodeError:
            problems.append(f"{path} must be UTF-8 text")
    if problems:
        raise ConfigError(problems)
    return found


def unknown_variables(variables: Mapping[str, Variable]) -> list[str]:
    """What is wrong with names that are no setting's."""
    known = {setting.variable.lower(): setting.variable for setting in all_settings()}
    problems = []
    for name, variable in variables.items():
        if name not in known:
            problem = unknown(name.upper(), known.values(), under=PREFIX)
            problems.append(problem.replace(name.upper(), variable.origin, 1))
    return problems


def nested(variables: Mapping[str, Variable]) -> dict[str, Any]:
    """The settings among the variables as the tables of a file; lists are read from JSON."""
    return _Variables({name: variable.value for name, variable in variables.items()})()


def _is_foreign(name: str, value: str) -> bool:
    return name in _OPTIONS or (DELIMITER not in name and _SERVICE_LINK.fullmatch(f"{name}={value}") is not None)


class _Variables(EnvSettingsSource):
    """The environment's rules for variables that somebody hands over."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        super().__init__(Settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._variables

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:  # noqa: ARG002  its signature
        """Leave what is no list in JSON for validation: it may stand for a list, or is reported with all else."""
        try:
            decoded = json.loads(value)
        except (ValueError, RecursionError):
            return value
        return decoded if isinstance(decoded, list) else value
