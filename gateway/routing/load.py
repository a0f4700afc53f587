"""Reads the routes file: every problem in it, or a table."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from gateway.errors import ConfigError
from gateway.routing.routes import Route
from gateway.routing.spec import MATCH_KEYS, RouteSpec
from gateway.routing.table import RouteTable, conflicts
from gateway.routing.toml import parse_toml, read_file
from gateway.routing.wording import complaint, dotted, shown, unknown, unknown_key


def load_routes(path: Path) -> RouteTable:
    """The table that a routes file describes.

    Raises:
        ConfigError: it cannot be read or is wrong; every problem, each with its route, key and value.
    """
    return parse_routes(read_file(path), str(path))


def parse_routes(data: bytes, source: str) -> RouteTable:
    """The same for the file's bytes; `source` is its name for the operator.

    Raises:
        ConfigError: it is wrong.
    """
    document = parse_toml(data, source)
    problems = [unknown(key, ["route"]) for key in document if key != "route"]
    tables = document.get("route", [])
    routes = []
    if not isinstance(tables, list):
        problems.append("route must be written [[route]], once for each route")
    elif not tables:
        # Also what a file looks like that somebody has begun to write: better the old routes than none.
        problems.append("there must be a [[route]]")
    else:
        for position, table in enumerate(tables, start=1):
            try:
                routes.append(_route(table, position))
            except ConfigError as exc:
                problems += exc.problems
    problems += conflicts(routes)
    if problems:
        raise ConfigError([f"{source}: {problem}" for problem in problems])
    return RouteTable(routes)


def _route(table: object, position: int) -> Route:
    """One `[[route]]`, the `position`th, counted from 1."""
    if not isinstance(table, Mapping):
        raise ConfigError([f"route {position} must be a table, not {shown(table)}"])
    where = f"route {position} {shown(table['name'])}" if "name" in table else f"route {position}"
    problems = []
    if len(said := [key for key in MATCH_KEYS if key in table]) > 1:
        problems.append(f"{where}: {' and '.join(said)} must not stand together; a route answers by one of them")
    try:
        spec = RouteSpec.model_validate(table)
    except ValidationError as exc:
        problems += [f"{where}: {_problem(error)}" for error in exc.errors(include_url=False)]
    else:
        if not problems:
            return spec.route()
    raise ConfigError(problems)


def _problem(error: ErrorDetails) -> str:
    path = error["loc"]
    if error["type"] == "extra_forbidden":
        return unknown_key(RouteSpec, path)
    return f"{dotted(path)} {complaint(error, shown)}"
