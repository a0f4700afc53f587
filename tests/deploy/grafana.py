"""The committed dashboards as data."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GRAFANA = Path(__file__).parents[2] / "deploy" / "grafana"
FILES = sorted((GRAFANA / "dashboards").glob("*.json"))

Json = dict[str, Any]


def dashboard(path: Path) -> Json:
    """One of them."""
    read: Json = json.loads(path.read_text())
    return read


def panels(board: Json) -> Iterator[Json]:
    """Its panels, rows left out."""
    return (panel for panel in board["panels"] if panel["type"] != "row")


def expressions() -> Iterator[tuple[str, str]]:
    """Where each expression of every dashboard is, and the expression."""
    for path in FILES:
        for panel in panels(dashboard(path)):
            for target in panel["targets"]:
                yield f"{path.stem}: {panel['title']}", target["expr"]
