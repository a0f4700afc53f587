"""The dashboards are what their code says, and whoever looks at a panel knows what it is and where to go."""

from itertools import combinations
from pathlib import Path

import pytest
import yaml

from deploy.grafana.board import Board, render
from deploy.grafana.boards import BOARDS
from tests.deploy.grafana import FILES, GRAFANA, Json, dashboard, panels
from tests.deploy.prometheus import alerts

_COLUMNS = 24
"""A dashboard's width."""

UNITS = {"short", "none", "s", "ms", "percentunit", "cpm", "cps", "Bps", "bytes"}
"""Grafana's names of the units that are used: an unknown one would be drawn as plain text behind the number."""


def titled() -> list[tuple[str, Json]]:
    return [(f"{path.stem}: {panel['title']}", panel) for path in FILES for panel in panels(dashboard(path))]


@pytest.fixture(params=[panel for _, panel in titled()], ids=[title for title, _ in titled()])
def panel(request: pytest.FixtureRequest) -> Json:
    found: Json = request.param
    return found


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_what_is_shipped_is_what_the_code_says(board: Board) -> None:
    """`uv run python -m deploy.grafana` was run after the last change."""
    assert (GRAFANA / "dashboards" / f"{board.name}.json").read_text() == render(board)


def test_nothing_is_shipped_that_no_code_says() -> None:
    assert [path.stem for path in FILES] == sorted(board.name for board in BOARDS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_dashboard_asks_the_data_source_that_is_chosen(path: Path) -> None:
    """In any Grafana, whatever its Prometheus is called there."""
    board = dashboard(path)
    variables = {variable["name"]: variable for variable in board["templating"]["list"]}
    assert list(variables) == ["datasource", "job", "instance", "console", "runbooks"]
    assert variables["datasource"]["type"] == "datasource"
    assert variables["datasource"]["query"] == "prometheus"
    assert variables["runbooks"]["query"] == "deploy/README.md"
    for asks in (variables["job"], variables["instance"], *panels(board)):
        assert asks["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_dashboard_leads_to_the_others_and_to_the_console(path: Path) -> None:
    board = dashboard(path)
    others, console = board["links"]
    assert others["type"] == "dashboards"
    assert set(others["tags"]) <= set(board["tags"])
    assert console["url"] == "${console:raw}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_panels_lie_side_by_side(path: Path) -> None:
    """None hides another, none sticks out, and each has an id of its own for links to it."""
    everything = dashboard(path)["panels"]
    assert len({each["id"] for each in everything}) == len(everything)
    places = [each["gridPos"] for each in everything]
    assert all(place["x"] + place["w"] <= _COLUMNS for place in places)
    assert not any(_overlap(one, other) for one, other in combinations(places, 2))


def _overlap(one: Json, other: Json) -> bool:
    return all(
        one[start] < other[start] + other[size] and other[start] < one[start] + one[size]
        for start, size in (("x", "w"), ("y", "h"))
    )


def test_a_panel_says_what_it_shows(panel: Json) -> None:
    assert panel["description"].endswith((".", "?"))
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert panel["targets"]
    assert all(target["expr"] and target["legendFormat"] for target in panel["targets"])


def test_a_panel_leads_to_its_runbook_and_to_the_console(panel: Json) -> None:
    links = {link["title"]: link["url"] for link in panel["links"]}
    assert links.pop("Console") == "${console:raw}"
    runbook = links.pop("Runbook", None)
    assert links == {}
    assert runbook in {None, *(f"${{runbooks:raw}}#{alert['alert'].lower()}" for alert in alerts())}


def test_scores_say_that_a_media_stream_is_tcp(panel: Json) -> None:
    """Nobody takes an upper bound for what callers hear."""
    if any("_mos" in target["expr"] or "_r_factor" in target["expr"] for target in panel["targets"]):
        assert "TCP" in panel["description"]
        assert "upper bound" in panel["description"]


def test_the_threshold_that_is_drawn_is_the_alerts(panel: Json) -> None:
    """What is red on a panel pages or tickets; the answer ratio's is the refusals' the other way round."""
    by_name = {alert["alert"].lower(): alert["expr"] for alert in alerts()}
    (runbook,) = [link["url"].partition("#")[2] for link in panel["links"] if link["title"] == "Runbook"] or [""]
    limits = [step["value"] for step in panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", [])[1:]]
    if "answered" in panel["targets"][0]["expr"]:
        limits = [round(1 - limit, 2) for limit in limits]
    for limit in limits if runbook and "r_factor" not in panel["targets"][0]["expr"] else ():
        assert f" {limit:g}" in by_name[runbook]


def test_what_grafana_is_provisioned_with_fits_together() -> None:
    """It finds the dashboards, and asks as often as Prometheus scrapes."""
    (provider,) = yaml.safe_load((GRAFANA / "provisioning/dashboards/gateway.yml").read_text())["providers"]
    assert provider["options"]["path"] in (GRAFANA.parent / "README.md").read_text()
    (source,) = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())["datasources"]
    prometheus = yaml.safe_load((GRAFANA.parent / "prometheus/prometheus.yml").read_text())
    assert source["jsonData"]["timeInterval"] == prometheus["global"]["scrape_interval"]
