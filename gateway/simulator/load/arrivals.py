"""When the callers of a load call, and for how long. Sans-I/O.

All times are absolute, counted from the beginning of the load: a generator that is late moves nothing that comes after.
"""

import itertools
import math
import random
from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

_SHORTEST_MS = 1_000
"""A call that would be cut shorter by the end of the load is not placed."""


class Arrivals(StrEnum):
    """How callers follow one another."""

    RAMP = "ramp"
    """So many lines are taken one by one during the ramp; on each, a caller who hangs up is followed by the next."""
    CONSTANT = "constant"
    """A caller every so many milliseconds, whether or not the gateway keeps up."""
    POISSON = "poisson"
    """Independent callers: as many, on average, but by chance."""


class Arrival(Struct, frozen=True):
    """One call."""

    number: int
    at_ms: int
    hold_ms: int
    """How long the caller stays."""


def arrivals(kind: Arrivals, *, calls: int, ramp_ms: int, duration_ms: int, hold_ms: int, seed: int) -> list[Arrival]:
    """So many calls at once to the end of the load, when the last of them hang up.

    By lines they are that many from the end of the ramp; at a rate only a hold after it, when as many leave as come.
    """
    if kind is Arrivals.RAMP:
        moments = _by_line(calls, ramp_ms, duration_ms, hold_ms)
    else:
        counts = _by_chance(seed) if kind is Arrivals.POISSON else itertools.count()
        moments = _at_rate(counts, calls / hold_ms, ramp_ms)
    placed = itertools.takewhile(lambda at_ms: at_ms + _SHORTEST_MS <= duration_ms, moments)
    return [Arrival(number, at_ms, min(hold_ms, duration_ms - at_ms)) for number, at_ms in enumerate(placed)]


def _by_line(calls: int, ramp_ms: int, duration_ms: int, hold_ms: int) -> Iterator[int]:
    first = [ramp_ms * line // calls for line in range(calls)]
    yield from sorted(at_ms for begin_ms in first for at_ms in range(begin_ms, duration_ms, hold_ms))


def _by_chance(seed: int) -> Iterator[float]:
    dice = random.Random(seed)  # noqa: S311 - repeatable is the point, secrecy is not
    return itertools.accumulate(dice.expovariate(1) for _ in itertools.count())


def _at_rate(counts: Iterator[float], per_ms: float, ramp_ms: int) -> Iterator[int]:
    """When so many callers have come at a rate that grows evenly during the ramp and stays."""
    during_ramp = per_ms * ramp_ms / 2
    for count in counts:
        if count < during_ramp:
            yield int(math.sqrt(2 * ramp_ms * count / per_ms))
        else:
            yield int(ramp_ms + (count - during_ramp) / per_ms)
