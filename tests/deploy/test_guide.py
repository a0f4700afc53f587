"""The operating guide names what there is."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from gateway.cli.app import app
from gateway.settings.fields import all_settings

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "deploy" / "README.md").read_text()


def commands() -> list[str]:
    """Every command in a shell block, on one line."""
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
    return [line for block in blocks for line in block.replace("\\\n", " ").splitlines() if line]


def gateway_commands() -> list[list[str]]:
    """The arguments of `gateway` wherever it is called, in a container too."""
    found = []
    for command in commands():
        words = shlex.split(command)
        if "gateway" in words and (words[:2] == ["uv", "run"] or "exec" in words):
            found.append(words[len(words) - words[::-1].index("gateway") :])
    return found


@pytest.mark.parametrize("arguments", gateway_commands(), ids=" ".join)
def test_a_command_of_the_gateways_is_understood(arguments: list[str]) -> None:
    """With all its options; it is not run."""
    command: Any = get_command(app)
    while hasattr(command, "commands"):
        name, *arguments = arguments
        command = command.commands[name]

    assert command.make_context(command.name, list(arguments)).params


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:tests|deploy|config)/[\w./-]+)`", GUIDE))))
def test_a_path_is_there(path: str) -> None:
    """Also every test that is said to prove something."""
    assert (ROOT / path).exists()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"(?<=[ =])deploy/[\w./-]+", "\n".join(commands())))))
def test_a_file_that_a_command_reads_is_there(path: str) -> None:
    """From this folder, where the commands are given."""
    assert (ROOT / path).exists()


def test_every_secret_of_the_guide_is_a_setting() -> None:
    """By the key that `secrets_dir` expects."""
    keys = set(re.findall(r"--from-literal='?(gateway_\w+)=", GUIDE))

    assert keys
    assert keys <= {setting.variable.lower() for setting in all_settings()}


def test_every_secret_has_its_rotation() -> None:
    """One that is new needs a line."""
    rotation = GUIDE.partition("\n## Rotation of secrets\n")[2].partition("\n## ")[0]

    assert [
        setting.name for setting in all_settings() if setting.is_secret and f"`{setting.name}`" not in rotation
    ] == []
    assert "`telnyx.public_key`" in rotation
    assert "`store.url`" in rotation


def test_every_setting_that_is_named_is_one() -> None:
    """In the words of `gateway check`."""
    sections = {setting.path[0] for setting in all_settings() if len(setting.path) > 1}
    named = {name for name in re.findall(r"`([a-z]+\.[a-z_]+)\b(?! =)[^`]*`", GUIDE) if name.split(".")[0] in sections}

    assert named <= {setting.name for setting in all_settings()}
