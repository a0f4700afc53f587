"""What a part of the benchmark found, and whether the limits hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """A limit, and the figure that was found."""

    limit: str
    """As DESIGN's table of numbers to hold has it: "calls per core, μ-law"."""
    figure: float
    bound: float
    unit: str
    at_least: bool = False
    """The bound is the least that will do, and not the most."""
    note: str = ""
    """What one has to know to believe the figure."""

    @property
    def holds(self) -> bool:
        """The figure keeps to it."""
        return self.figure >= self.bound if self.at_least else self.figure <= self.bound

    def line(self) -> str:
        """For people."""
        word = "holds         " if self.holds else "does not hold "
        relation = "at least" if self.at_least else "at most"
        note = f"; {self.note}" if self.note else ""
        return f"{word} {self.limit}: {self.figure:,.4g} {self.unit}, {relation} {self.bound:,g}{note}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One part's."""

    part: str
    table: str
    figures: Mapping[str, object]
    verdicts: Sequence[Verdict] = ()
    problems: Sequence[str] = ()
    """Audio that was lost, and whatever else no relay may do."""
    doubts: Sequence[str] = ()
    """Why the figures should not be believed."""


def columns(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table, every column as wide as its widest cell, aligned to the right but for the first."""
    widths = [max(map(len, cells)) for cells in zip(heads, *rows, strict=True)]
    lines = []
    for row in (heads, *rows):
        first, *others = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        lines.append("  ".join((row[0].ljust(widths[0]), *others)) if first else "")
    return "\n".join(line.rstrip() for line in lines)


def slope(points: Sequence[tuple[float, float]]) -> float:
    """By how much the second figure grows with the first: least squares; 0 where the first does not change."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0
