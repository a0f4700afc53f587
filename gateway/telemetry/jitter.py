"""How unevenly frames arrive: RFC 3550's interarrival jitter, on media timestamps. Sans-I/O.

Fed every frame, so kept to a few integer operations: some 0.4 µs. The socket below is TCP: a segment that was lost on
the way shows here as a pause and a burst behind it, and nowhere else.
"""

_LEAP_MS = 5_000
"""A transit that changes by as much is a clock that was set, not a network."""


class Jitter:
    """One direction's jitter, in the integer form of RFC 3550 A.8."""

    __slots__ = ("_highest", "_leap", "_scaled", "_transit", "_units_per_ms")

    def __init__(self) -> None:
        self._scaled = 0
        """Sixteen times the jitter, in timestamp units: A.8 keeps the fraction so."""
        self._highest = 0
        """What that was at most since it was last asked for."""
        self._transit = 0
        self._units_per_ms = -1
        self._leap = 0
        """The longest step that counts, in timestamp units. Of an unknown unit every step is too long."""

    def arrived(self, timestamp: int, now_ms: int, units_per_ms: int = 1) -> None:
        """A frame is there; `units_per_ms` is what its timestamp counts, 0 where nobody knows yet."""
        transit = now_ms * units_per_ms - timestamp
        if units_per_ms != self._units_per_ms:
            self._units_per_ms = units_per_ms
            self._leap = _LEAP_MS * units_per_ms
            self._scaled = self._highest = 0
            self._transit = transit
            return
        deviation = transit - self._transit
        self._transit = transit
        if deviation < 0:
            deviation = -deviation
        if deviation < self._leap:
            self._scaled = scaled = self._scaled + deviation - ((self._scaled + 8) >> 4)
            if scaled > self._highest:  # noqa: PLR1730 - for every frame, and max() is a call
                self._highest = scaled

    @property
    def ms(self) -> float:
        """The jitter now; 0 before two frames of a known unit."""
        return self._scaled / 16 / self._units_per_ms if self._units_per_ms > 0 else 0.0

    def take_highest_ms(self) -> float:
        """The highest that it was since the last time; a burst a second would be over whenever one looks."""
        highest, self._highest = self._highest, self._scaled
        return highest / 16 / self._units_per_ms if self._units_per_ms > 0 else 0.0
