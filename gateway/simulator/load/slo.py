"""Limits that a load has to keep, from a TOML file. Sans-I/O."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.errors import ConfigError
from gateway.simulator.load.result import Result

_TABLES = ("at_most", "at_least")


@dataclass(frozen=True, slots=True)
class Limit:
    """One figure's."""

    name: str
    most: float | None = None
    least: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One limit and what there was."""

    limit: Limit
    value: float | None

    @property
    def holds(self) -> bool:
        """A figure that nothing was measured of keeps no limit."""
        if self.value is None:
            return False
        return (self.limit.most is None or self.value <= self.limit.most) and (
            self.limit.least is None or self.value >= self.limit.least
        )

    def __str__(self) -> str:
        most, least = self.limit.most, self.limit.least
        bound = f"at most {most:.10g}" if most is not None else f"at least {least:.10g}"
        found = "nothing was measured" if self.value is None else _rounded(self.value)
        return f"{'holds' if self.holds else 'BROKEN'}: {self.limit.name} {bound}: {found}"


def _rounded(value: float) -> str:
    """Four digits, and every one before the point: 10,004 frames are not to read as the limit of 10,000."""
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"


def parse_limits(text: str) -> list[Limit]:
    """Read `[at_most]` and `[at_least]`, each with figures by name.

    Raises:
        ConfigError: it is no TOML, or it limits what is no figure; every problem is named.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError([f"slo: not TOML: {exc}"]) from exc
    known = Result("", 1).figures()
    limits, problems = (
        [],
        [f"slo: [{table}] is not one of {', '.join(_TABLES)}" for table in tables if table not in _TABLES],
    )
    for table in _TABLES:
        for name, bound in _entries(tables, table):
            if name not in known:
                problems.append(f"slo: {table}.{name} is no figure; there are {', '.join(known)}")
            elif isinstance(bound, bool) or not isinstance(bound, int | float):
                problems.append(f"slo: {table}.{name} must be a number, not {bound!r}")
            else:
                limits.append(Limit(name, most=bound) if table == "at_most" else Limit(name, least=bound))
    if problems:
        raise ConfigError(problems)
    return limits


def _entries(tables: Mapping[str, object], table: str) -> list[tuple[str, object]]:
    entries = tables.get(table, {})
    return list(entries.items()) if isinstance(entries, dict) else [("", entries)]


def judge(limits: list[Limit], result: Result) -> list[Verdict]:
    """Each limit's verdict."""
    figures = result.figures()
    return [Verdict(limit, figures[limit.name]) for limit in limits]
