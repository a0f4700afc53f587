"""Knows what the caller has heard, by the marks that come back. Sans-I/O.

A carrier echoes a mark when the audio before it was played, and also when it was cleared, and does not say which
(Twilio and Telnyx alike): so the marks that were out at a `clear` are remembered as not played.
"""

_REMEMBERED = 500
"""Marks that may be out, or cleared and not back: a carrier that echoes none must not fill the memory."""


class Playback:
    """The marks of one media stream."""

    __slots__ = ("_cleared", "_count", "_epoch", "_marked_ms", "_outstanding", "_sent_ms")

    def __init__(self, epoch: int) -> None:
        self._epoch = epoch
        self._count = 0
        self._sent_ms = 0
        self._marked_ms = 0
        self._outstanding: dict[str, tuple[int, int]] = {}
        """What each marks, in milliseconds, and when that will have been played."""
        self._cleared: dict[str, None] = {}

    @property
    def is_marked(self) -> bool:
        """All audio that was sent has a mark behind it."""
        return self._marked_ms == self._sent_ms

    @property
    def next_due_ms(self) -> int | None:
        """When the audio before the next mark will have been played; None where no mark is out."""
        return next(iter(self._outstanding.values()))[1] if self._outstanding else None

    def sent(self, duration_ms: int) -> None:
        """Audio went to the carrier."""
        self._sent_ms += duration_ms

    def mark(self, due_ms: int) -> str:
        """A name, unique in the call, for a mark behind all audio sent so far, which will have been played by then."""
        self._count += 1
        name = f"{self._epoch}-{self._count}"
        self._outstanding[name] = self._sent_ms - self._marked_ms, due_ms
        self._marked_ms = self._sent_ms
        _forget_oldest(self._outstanding)
        return name

    def cleared(self) -> None:
        """The carrier was told to throw away what it has: what is out is not played any more."""
        self._cleared.update(dict.fromkeys(self._outstanding))
        _forget_oldest(self._cleared)
        self._outstanding.clear()
        self._marked_ms = self._sent_ms

    def echoed(self, name: str) -> int | None:
        """A mark came back: milliseconds played since the one before it, 0 if cleared, None if none of ours."""
        if name in self._cleared:
            del self._cleared[name]
            return 0
        played_ms, _ = self._outstanding.pop(name, (None, 0))
        return played_ms

    def late_ms(self, name: str, now_ms: int) -> int | None:
        """How late a mark is that comes back now; None where it is none of ours, or its audio was cleared."""
        mark = self._outstanding.get(name)
        return max(0, now_ms - mark[1]) if mark is not None else None


def _forget_oldest(marks: dict[str, tuple[int, int]] | dict[str, None]) -> None:
    while len(marks) > _REMEMBERED:
        del marks[next(iter(marks))]
