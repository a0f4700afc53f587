"""The time, as something that can be handed over.

Two clocks in whole milliseconds: one that only ever goes forward and counts from anywhere, for intervals and
deadlines, and Unix time, for what leaves this process. The first can be read in microseconds too: what the gateway adds
to audio's way is less than a millisecond.
"""

from time import monotonic_ns, time_ns
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now_ms(self) -> int:
        """Milliseconds since some moment; never goes back."""
        ...

    def now_us(self) -> int:
        """The same in microseconds."""
        ...

    def unix_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now_ms(self) -> int:
        return monotonic_ns() // 1_000_000

    def now_us(self) -> int:
        return monotonic_ns() // 1_000

    def unix_ms(self) -> int:
        return time_ns() // 1_000_000
