"""A clock that moves when a test says so."""

UNIX_MS = 1_700_000_000_000
"""Unix time when a `FakeClock` is made."""


class FakeClock:
    """A `Clock` that stands still until it is advanced."""

    def __init__(self, now_ms: int = 1_000) -> None:
        self._now_ms = now_ms
        self._unix_offset_ms = UNIX_MS - now_ms

    def now_ms(self) -> int:
        return self._now_ms

    def now_us(self) -> int:
        return self._now_ms * 1_000

    def unix_ms(self) -> int:
        return self._now_ms + self._unix_offset_ms

    def advance(self, ms: int) -> int:
        """Let so much time pass; the time it is then."""
        self._now_ms += ms
        return self._now_ms

    def set_back(self, ms: int) -> None:
        """Somebody sets the machine's clock: Unix time jumps, and no time passes."""
        self._unix_offset_ms -= ms
