"""Reads a TOML file, and says where it is broken."""

import tomllib
from pathlib import Path

from gateway.errors import ConfigError


def read_file(path: Path) -> bytes:
    """The file's bytes.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as exc:
        raise ConfigError([f"{path} cannot be read: {exc.strerror}"]) from exc
    except ValueError as exc:
        raise ConfigError([f"{str(path)!a} is no path: {exc}"]) from exc


def parse_toml(data: bytes, source: str) -> dict[str, object]:
    """The file's tables; `source` is its name for the operator.

    Raises:
        ConfigError: it is not TOML; the message names file and line.
    """
    try:
        # Some editors on Windows put a byte order mark first, which no one sees and tomllib takes for a statement.
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        problem = f"{source} must be UTF-8 text; line {line} is not"
    except ValueError as exc:  # TOMLDecodeError, and Python's own for a number of thousands of digits
        problem = f"{source} is not valid TOML: {exc}"
    except RecursionError:
        problem = f"{source} is not valid TOML: nested too deeply"
    # Raised where no exception is being handled: that one would carry the file, secrets and all, into a traceback.
    raise ConfigError([problem])
