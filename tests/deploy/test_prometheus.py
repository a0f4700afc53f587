"""The rules say what they promise, page when they should, and stop; and every page has its runbook."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.prometheus import PROMETHEUS, ROOT, RULE_TESTS, RULES, Rule, alerts, promtool, recordings

README = ROOT / "deploy" / "README.md"
RUNBOOKS = "deploy/README.md"
"""Where the guide is as long as nobody has said where it is read."""
FIRING = 'ALERTS{alertstate="firing"}'


def name(rule: Rule) -> str:
    return str(rule.get("alert") or rule.get("record"))


@cache
def played() -> list[dict[str, Any]]:
    """Every unit test of the rules."""
    return [test for path in RULE_TESTS for test in yaml.safe_load(path.read_text())["tests"]]


def alarms(test: dict[str, Any]) -> list[set[str]]:
    """What fires in a unit test, each time that it looks, in order of time."""
    looks = [look for look in test["promql_expr_test"] if look["expr"] == FIRING]
    looks.sort(key=lambda look: int(look["eval_time"].removesuffix("m")))
    return [set(re.findall(r'alertname="(\w+)"', str(look["exp_samples"]))) for look in looks]


def sections() -> dict[str, str]:
    """The README's text by the anchor of its heading."""
    parts = re.split(r"^#{2,3} (.+)$", README.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-"): text for title, text in _pairs(parts[1:])}


def _pairs(parts: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(parts[::2], parts[1::2], strict=True))


def test_the_configuration_is_one_that_prometheus_takes() -> None:
    promtool("check", "config", str(PROMETHEUS / "prometheus.yml"))


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_the_rules_are_ones_that_prometheus_takes(path: Path) -> None:
    promtool("check", "rules", "--lint-fatal", str(path))


@pytest.mark.parametrize("path", RULE_TESTS, ids=lambda path: path.stem)
def test_the_rules_do_what_they_promise(path: Path) -> None:
    promtool("test", "rules", str(path))


@pytest.mark.parametrize("alert", alerts(), ids=name)
def test_an_alert_is_seen_to_fire_and_to_clear(alert: Rule) -> None:
    """Alone, after it was quiet and before it is quiet again."""
    assert any({name(alert)} in seen and seen[-1] == set() for seen in map(alarms, played()))


@pytest.mark.parametrize("recording", recordings(), ids=name)
def test_a_recorded_figure_is_computed_in_a_test(recording: Rule) -> None:
    assert any(name(recording) in look["expr"] for test in played() for look in test["promql_expr_test"])


@pytest.mark.parametrize("alert", alerts(), ids=name)
def test_an_alert_says_whom_to_wake_and_what_to_do(alert: Rule) -> None:
    """Whoever is woken reads a sentence about callers and follows a link that leads somewhere."""
    assert alert["labels"] in ({"severity": "page"}, {"severity": "ticket"})
    annotations = alert["annotations"]
    assert annotations["summary"]
    assert annotations["description"].endswith(".")
    page, _, anchor = annotations["runbook_url"].partition("#")
    assert page == RUNBOOKS
    assert anchor == name(alert).lower()
    runbook = sections()[anchor].strip()
    assert runbook.startswith("Page" if alert["labels"]["severity"] == "page" else "Ticket")
    assert [line[:3] for line in runbook.splitlines() if re.match(r"\d\. ", line)] == ["1. ", "2. ", "3. "]


def test_the_readmes_links_lead_to_its_sections() -> None:
    assert set(re.findall(r"\]\(#([\w-]+)\)", README.read_text())) <= set(sections())


def test_no_runbook_is_left_of_an_alert_that_is_gone() -> None:
    about_alerts = {anchor for anchor in sections() if anchor.startswith("gateway")}
    assert about_alerts == {name(alert).lower() for alert in alerts()}
