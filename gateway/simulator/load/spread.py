"""How a figure is spread: counts in classes a fiftieth of their value wide, which can be added up. Sans-I/O."""

import math
from collections import Counter
from collections.abc import Mapping

_GROWTH = math.log(1.02)
_LEAST = 0.001
"""Microseconds are told apart from nothing, and nothing smaller."""


class Spread:
    """Of milliseconds, or of anything that is not negative."""

    __slots__ = ("classes", "count", "most", "total")

    def __init__(self, classes: Mapping[int, int] | None = None) -> None:
        self.classes: Counter[int] = Counter(classes or {})
        self.count = sum(self.classes.values())
        self.total = sum(_middle(place) * count for place, count in self.classes.items())
        self.most = _middle(max(self.classes)) if self.classes else 0.0

    def add(self, value: float) -> None:
        """One more; a negative one counts as 0."""
        value = max(value, 0.0)
        self.classes[round(math.log(value / _LEAST) / _GROWTH) if value > _LEAST else 0] += 1
        self.count += 1
        self.total += value
        self.most = max(self.most, value)

    def merge(self, other: "Spread") -> None:
        """Add another's."""
        self.classes.update(other.classes)
        self.count += other.count
        self.total += other.total
        self.most = max(self.most, other.most)

    @property
    def mean(self) -> float | None:
        """None where there is nothing."""
        return self.total / self.count if self.count else None

    def quantile(self, share: float) -> float | None:
        """The value that `share` of all are not above, within 1 %; None where there is nothing."""
        wanted = share * self.count
        for place in sorted(self.classes):
            wanted -= self.classes[place]
            if wanted <= 0:
                return min(_middle(place), self.most)
        return self.most if self.count else None


def _middle(place: int) -> float:
    return _LEAST * math.exp(place * _GROWTH) if place else 0.0
