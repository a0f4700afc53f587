"""How long to wait before trying again. Sans-I/O.

Exponential with full jitter: the clients of a server that was away do not come back in step.
https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BackoffPolicy:
    """How far the delays reach."""

    first_ms: int = 200
    """The most the first delay can be."""
    factor: int = 2
    ceiling_ms: int = 2000
    """The most any delay can be."""


def delays(policy: BackoffPolicy, jitter: Callable[[], float]) -> Iterator[float]:
    """Seconds to wait before each next attempt, for ever; `jitter` gives numbers from 0 to 1."""
    reach_ms = policy.first_ms
    while True:
        reach_ms = min(reach_ms, policy.ceiling_ms)
        yield jitter() * reach_ms / 1000
        reach_ms *= policy.factor
