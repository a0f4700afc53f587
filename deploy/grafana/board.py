"""One dashboard: rows of panels, the variables they share, and the way to the other dashboards."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from grafana_foundation_sdk.builders.dashboard import (
    Dashboard,
    DashboardLink,
    DatasourceVariable,
    QueryVariable,
    Row,
    TextBoxVariable,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    VariableOption,
    VariableRefresh,
)

from deploy.grafana.panel import DATA_SOURCE, Panel, build
from deploy.guide import address

TAG = "kallglot-gateway"
_RULES = Path(__file__).parents[1] / "prometheus" / "rules" / "alerts.yml"
CONSOLE = "http://localhost:9090/console"


@dataclass(frozen=True, slots=True)
class Section:
    """Panels that answer one question."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What one dashboard shows."""

    name: str
    """Of its file, and, with a prefix, its address in Grafana."""
    title: str
    description: str
    sections: Sequence[Section]


def render(board: Board) -> str:
    """The dashboard as Grafana reads it."""
    dashboard = (
        Dashboard(f"Kallglot gateway / {board.title}")
        .uid(f"kallglot-gateway-{board.name}")
        .description(board.description)
        .tags([TAG])
        .readonly()
        .timezone("browser")
        .time("now-6h", "now")
        .refresh("30s")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .variables(
            [
                _data_source(),
                _job(),
                _instance(),
                _text("console", CONSOLE),
                _text("runbooks", address(_RULES.read_text())),
            ]
        )
        .links([_others(), _console()])
    )
    numbers = count(1)
    for section in board.sections:
        dashboard.with_row(Row(section.title).id(next(numbers)))
        for panel in section.panels:
            dashboard.with_panel(build(panel, next(numbers)))
    return json.dumps(dashboard.build(), cls=JSONEncoder, indent=2, sort_keys=True) + "\n"


def _data_source() -> DatasourceVariable:
    return DatasourceVariable("datasource").label("Data source").type("prometheus")


def _job() -> QueryVariable:
    return _query("job", "Job", "label_values(gateway_build_info, job)")


def _instance() -> QueryVariable:
    return _query("instance", "Replica", 'label_values(gateway_build_info{job=~"$job"}, instance)')


def _query(name: str, label: str, query: str) -> QueryVariable:
    return (
        QueryVariable(name)
        .label(label)
        .query(query)
        .datasource(DATA_SOURCE)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(multi=True)
        .include_all(include_all=True)
        .all_value(".*")
        .current(VariableOption(selected=True, text="All", value="$__all"))
    )


def _text(name: str, default: str) -> TextBoxVariable:
    return (
        TextBoxVariable(name)
        .label(name.capitalize())
        .default_value(default)
        .current(VariableOption(selected=True, text=default, value=default))
    )


def _others() -> DashboardLink:
    """The gateway's other dashboards, at the same time, of the same replicas."""
    return (
        DashboardLink("Dashboards")
        .type(DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(as_dropdown=True)
        .include_vars(include_vars=True)
        .keep_time(keep_time=True)
    )


def _console() -> DashboardLink:
    return DashboardLink("Console").type(DashboardLinkType.LINK).url("${console:raw}").target_blank(target_blank=True)
