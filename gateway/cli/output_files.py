"""Files that a command writes at its end: looked at before it begins, as what it measured would be lost."""

from pathlib import Path

from gateway.errors import ConfigError


def check_output(**files: Path | None) -> None:
    """Look whether a file can be written for each option, named like it; None is an option that was not given.

    Raises:
        ConfigError: one cannot; every problem is named.
    """
    problems = [
        f"--{option}: {path} cannot be written: {problem}"
        for option, path in files.items()
        if path is not None and (problem := _problem(path))
    ]
    if problems:
        raise ConfigError(problems)


def write_output(**files: tuple[Path, bytes] | None) -> None:
    """Write each option's file, named like it; None is an option that was not given.

    Raises:
        ConfigError: one cannot be written, the disk is full for one; every problem is named, and the others are there.
    """
    problems = []
    for option, (path, content) in ((option, file) for option, file in files.items() if file is not None):
        try:
            path.write_bytes(content)
        except OSError as exc:
            problems.append(f"--{option}: {path} cannot be written: {exc.strerror or exc}")
    if problems:
        raise ConfigError(problems)


def _problem(path: Path) -> str:
    try:
        is_new = not path.exists()
        if is_new or path.is_file() or path.is_dir():  # else a pipe, whose reader would take this for the end
            path.open("ab").close()
        if is_new:
            path.resolve().unlink()  # where a link leads: the link was there
    except OSError as exc:
        return exc.strerror or str(exc)
    return ""
