"""How long audio was on its way, by when its bytes were sent and when they arrived. Sans-I/O.

A message can only leave when the last of its audio has come, so its delay is counted from there: what it takes to
collect a message is no delay of the gateway's.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Stamps = Sequence[tuple[int, int]]
"""(bytes so far, nanoseconds) after each message, in order; all on one clock."""


@dataclass(frozen=True, slots=True)
class Delays:
    """The delays of one direction of a call."""

    p50_ms: float
    p99_ms: float


def whole(stamps: Stamps) -> Stamps:
    """The messages that are as long as the first: a shorter one waited for audio that never came."""
    ends = [0, *(end for end, _ in stamps)]
    sizes = [end - start for start, end in pairwise(ends)]
    return [stamp for stamp, size in zip(stamps, sizes, strict=True) if size == sizes[0]]


def added_ms(sent: Stamps, arrived: Stamps) -> list[float]:
    """For each message that arrived, how long after the last of its audio was sent; none for what nobody sent."""
    ends = [end for end, _ in sent]
    delays = []
    for end, at_ns in arrived:
        message = bisect_left(ends, end)
        if message < len(sent):
            delays.append((at_ns - sent[message][1]) / 1_000_000)
    return delays


def summarize(delays_ms: Sequence[float]) -> Delays | None:
    """Median and 99th percentile (nearest rank), or None where nothing arrived."""
    if not delays_ms:
        return None
    ordered = sorted(delays_ms)
    return Delays(_rank(ordered, 50), _rank(ordered, 99))


def _rank(ordered: Sequence[float], percent: int) -> float:
    return ordered[-(-len(ordered) * percent // 100) - 1]
