"""The shipped rules as data, and Prometheus' own programs where they are installed."""

import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES = sorted((PROMETHEUS / "rules").glob("*.yml"))
RULE_TESTS = sorted((PROMETHEUS / "tests").glob("*.yml"))

Rule = dict[str, Any]


def program(name: str) -> str:
    """The path of one of Prometheus' programs; skips where it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed here: Debian's package prometheus has it")
    return found


def promtool(*arguments: str, text: str | None = None) -> None:
    """Have it check something; what it finds wrong fails the test."""
    command = [program("promtool"), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, input=text, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert text is None or done.stderr == "", done.stderr


@cache
def rules() -> Sequence[Rule]:
    """Every rule that is shipped."""
    groups = [group for path in RULES for group in yaml.safe_load(path.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> list[Rule]:
    """Those that page or ticket."""
    return [rule for rule in rules() if "alert" in rule]


def recordings() -> list[Rule]:
    """Those that write down a figure."""
    return [rule for rule in rules() if "record" in rule]
