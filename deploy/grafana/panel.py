"""One panel: what it asks, how it is drawn, and where its reader goes from there."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import heatmap, stat, timeseries
from grafana_foundation_sdk.builders import prometheus as prometheus_builders
from grafana_foundation_sdk.builders.dashboard import DashboardLink, ThresholdsConfig
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models.dashboard import (
    DashboardLinkType,
    DataSourceRef,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

DATA_SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")

HEIGHT = 8
"""Of a panel with a graph, in Grafana's units of 30 pixels."""
_LOW = 4
"""Of one with a number."""

_Builder = timeseries.Panel | stat.Panel | heatmap.Panel


class Look(StrEnum):
    """How a panel is drawn."""

    LINES = "lines"
    STACK = "stack"
    """Parts of a whole on top of each other."""
    NUMBER = "number"
    HEAT = "heat"
    """A histogram over time."""


@dataclass(frozen=True, slots=True)
class Query:
    """An expression and what its series are called."""

    expr: str
    legend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What somebody wants to see, with what they need to know about it."""

    title: str
    description: str
    unit: str
    """One of Grafana's: `s`, `percentunit`, `short`, `cpm` (counts a minute), `ops` (a second), `Bps`, …"""
    queries: Sequence[Query]
    look: Look = Look.LINES
    width: int = 8
    """Of 24."""
    limit: float | None = None
    """The threshold of its alert: beyond it is bad."""
    bad_below: bool = False
    """Whether what is below the limit is bad."""
    alert: str | None = None
    """The alert whose runbook belongs to it."""
    words: Sequence[str] = ()
    """What the values 0, 1, 2, … mean."""
    floor: float | None = 0
    """Where the axis begins."""


def build(panel: Panel, number: int) -> _Builder:
    """The panel for Grafana, by an id that is its own on the dashboard."""
    built = _dressed(_drawn(panel), panel)
    built = built.id(number).span(panel.width).height(_LOW if panel.look is Look.NUMBER else HEIGHT)
    for position, query in enumerate(panel.queries):
        built = built.with_target(_target(panel, query, chr(ord("A") + position)))
    return built


def _drawn(panel: Panel) -> _Builder:
    match panel.look:
        case Look.NUMBER:
            return (
                stat.Panel()
                .graph_mode(common.BigValueGraphMode.AREA)
                .reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]))
            )
        case Look.HEAT:
            return heatmap.Panel().calculate(calculate=False)
        case Look.LINES | Look.STACK:
            return _graph(panel)
        case _:
            assert_never(panel.look)


def _graph(panel: Panel) -> timeseries.Panel:
    is_stack = panel.look is Look.STACK
    graph = (
        timeseries.Panel()
        .line_width(1)
        .fill_opacity(40 if is_stack else 10)
        .show_points(common.VisibilityMode.NEVER)
        .legend(
            common_builders.VizLegendOptions()
            .show_legend(show_legend=True)
            .display_mode(common.LegendDisplayMode.TABLE)
            .placement(common.LegendPlacement.BOTTOM)
            .calcs(["lastNotNull", "max"])
        )
        .tooltip(
            common_builders.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING)
        )
    )
    if is_stack:
        graph.stacking(common_builders.StackingConfig().mode(common.StackingMode.NORMAL).group("A"))
    if panel.limit is not None:
        lines = common_builders.GraphThresholdsStyleConfig().mode(common.GraphTresholdsStyleMode.DASHED)
        graph.thresholds_style(lines)
    if panel.floor is not None:
        graph.min(panel.floor)
    return graph


def _dressed(built: _Builder, panel: Panel) -> _Builder:
    built = (
        built.title(panel.title)
        .description(panel.description)
        .unit(panel.unit)
        .datasource(DATA_SOURCE)
        .links([_link(*link) for link in _links(panel)])
    )
    if panel.limit is not None:
        good, bad = ("red", "green") if panel.bad_below else ("green", "red")
        steps = [Threshold(value=None, color=good), Threshold(value=panel.limit, color=bad)]
        built = built.thresholds(ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
    if panel.words:
        built = built.mappings([_meaning(panel.words)])
    return built


def _target(panel: Panel, query: Query, ref_id: str) -> prometheus_builders.Dataquery:
    target = (
        prometheus_builders.Dataquery()
        .expr(query.expr)
        .legend_format(query.legend)
        .ref_id(ref_id)
        .datasource(DATA_SOURCE)
        .range()
    )
    return target.format(PromQueryFormat.HEATMAP) if panel.look is Look.HEAT else target


def _links(panel: Panel) -> list[tuple[str, str]]:
    runbook = [("Runbook", f"${{runbooks:raw}}#{panel.alert.lower()}")] if panel.alert else []
    return [*runbook, ("Console", "${console:raw}")]


def _link(title: str, url: str) -> DashboardLink:
    return DashboardLink(title).type(DashboardLinkType.LINK).url(url).target_blank(target_blank=True)


def _meaning(words: Sequence[str]) -> ValueMapping:
    return ValueMap({str(value): ValueMappingResult(text=word, index=value) for value, word in enumerate(words)})
