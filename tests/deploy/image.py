"""Follows the Dockerfile's steps in a folder, without an engine."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

_OF_THE_SYSTEM = ("groupadd", "useradd", "python -m pip uninstall")
"""Steps that change the machine, which here is nobody's to change."""


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction."""

    word: str
    """`RUN`."""
    rest: str


def dockerfile() -> list[list[Step]]:
    """The stages of the Dockerfile, each with its `FROM` first."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    stages: list[list[Step]] = []
    for line in filter(None, (line.strip() for line in text.replace("\\\n", " ").splitlines())):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            stages.append([])
        stages[-1].append(Step(word, re.sub(r"\s+", " ", rest)))
    return stages


def steps(word: str, *, stage: int = -1) -> list[str]:
    """What one kind of instruction says in a stage, the last unless told otherwise."""
    return [step.rest for step in dockerfile()[stage] if step.word == word]


def listed(word: str) -> list[str]:
    """The one list that an instruction of the last stage has."""
    (value,) = steps(word)
    found: list[str] = json.loads(value.removeprefix(value[: value.index("[")]))
    return found


def context() -> list[str]:
    """The files and folders that .dockerignore leaves to be copied."""
    return [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]


def python313() -> str:
    """The interpreter that the image has; skips where it is not installed."""
    if sys.version_info[:2] == (3, 13):
        return sys.executable
    try:
        done = subprocess.run(
            ["python3.13", "-c", "import sys; print(sys.executable)"],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "PYENV_VERSION": "3.13.0"},  # noqa: TID251  pyenv's way to be asked
        )
    except FileNotFoundError:
        pytest.skip("Python 3.13 is not installed here")
    if done.returncode:
        pytest.skip("Python 3.13 is not installed here")
    return done.stdout.strip()


def build(root: Path) -> None:
    """Do what both stages do, with `root` for their root folder."""
    python = python313()
    for stage in dockerfile():
        folder = root
        for step in stage:
            match step.word:
                case "WORKDIR":
                    folder = root / step.rest.lstrip("/")
                    folder.mkdir(parents=True, exist_ok=True)
                case "COPY" if not step.rest.startswith("--from"):
                    *sources, target = shlex.split(step.rest)
                    _copy(sources, root / target.lstrip("/") if target.startswith("/") else folder / target)
                case "RUN" if not step.rest.startswith(_OF_THE_SYSTEM):
                    _run(step.rest, folder, root, python)
                case _:
                    pass


def _copy(sources: list[str], target: Path) -> None:
    for source in sources:
        path = ROOT / source
        assert any(source == kept or source.startswith(f"{kept}/") for kept in context()), f"{source} is ignored"
        if path.is_dir():
            shutil.copytree(path, target, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)


def _run(command: str, folder: Path, root: Path, python: str) -> None:
    here = re.sub(r"(^|&& )python ", rf"\1{python} ", command)
    here = re.sub(r"(?<![\w.])/opt/", f"{root}/opt/", here)
    done = subprocess.run(["bash", "-c", here], check=False, cwd=folder, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, f"{here}\n{done.stdout}\n{done.stderr}"
