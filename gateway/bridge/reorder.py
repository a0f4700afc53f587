"""Puts a carrier's frames back in order. Sans-I/O.

Telnyx does not guarantee the order of media messages and numbers them (`chunk`) instead. A frame that comes too early
waits for the ones before it.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.carriers.audio import MediaBody
from gateway.telemetry.counts import CallCounts

_DEPTH = 5
"""Frames that must wait behind a hole before it is given up. Frames shuffled within five come up to 80 ms late, longer
than the default window: as long as fewer than five wait, nothing says that the missing one is lost."""

_PATIENCE = 2
"""Windows that a frame waits for earlier ones, however few wait with it: nothing may stick when nothing more comes."""

_RESTART = 250
"""Frames (5 s) that a number may leap, either way, before it must be a new count rather than a gap."""

_FIRST = 2 * _DEPTH
"""The numbers that a new count begins with. Those long gone by, and as many as `_DEPTH` of them with nothing new in
between, are one: what is sent twice is sent again at once."""

_REMEMBERED = 64
"""Numbers given up that are remembered, to tell a late frame from a doubled one."""


@dataclass(frozen=True, slots=True)
class ReorderPolicy:
    """How long to wait for a missing frame."""

    window_ms: int = 60


class ReorderBuffer:
    """Holds frames back until their turn."""

    __slots__ = ("_anew", "_anew_at", "_counts", "_expected", "_given_up", "_policy", "_waiting", "_went_on_ms")

    def __init__(self, policy: ReorderPolicy, counts: CallCounts) -> None:
        self._policy = policy
        self._counts = counts
        self._expected: int | None = None
        self._waiting: dict[int, tuple[MediaBody, int]] = {}
        """By number, in the order of arrival, each with its time."""
        self._given_up: OrderedDict[int, None] = OrderedDict()
        self._went_on_ms = 0
        """When the latest of the frames came that were let go in their turn."""
        self._anew: dict[int, MediaBody] = {}
        """What may be the beginning of a new count, by number."""
        self._anew_at = 0
        """Which number was expected meanwhile."""

    def runs_on(self, bodies: Sequence[MediaBody]) -> bool:
        """Whether it is the turn of these frames, one after the other; `go_on` then says that they have come."""
        number = self._expected
        if self._waiting or number is None:
            return False
        for body in bodies:
            if body.chunk != number:
                return False
            number += 1
        return True

    def is_next(self, number: int) -> bool:
        """Whether it is the turn of the frame with this number, so that none waits for it."""
        return number == self._expected and not self._waiting

    def go_on(self, frames: int) -> None:
        """So many frames have come in their turn."""
        assert self._expected is not None
        self._expected += frames

    def push(self, body: MediaBody, now_ms: int) -> Sequence[MediaBody]:
        """Take a frame in; the frames whose turn it is now."""
        number = body.chunk
        if number < 1:
            return (body,)
        if self._expected is None:
            # The count starts at 1; the first to arrive may be a few further on.
            self._expected = 1 if number <= _DEPTH else number
        if self.is_next(number):
            self._expected = number + 1
            return (body,)
        if abs(number - self._expected) > _RESTART:
            return self._restart([body], now_ms)
        if number in self._waiting:
            self._counts.duplicates += 1
            return ()
        if number < self._expected:
            return self._come_again(number, body, now_ms)
        return self._hold(number, body, now_ms)

    def release(self, now_ms: int) -> Sequence[MediaBody]:
        """Frames that have waited long enough for one that did not come."""
        ready: list[MediaBody] = []
        while self._waiting and self._is_lost(now_ms):
            assert self._expected is not None
            first = min(self._waiting)
            for missing in range(self._expected, first):
                self._given_up[missing] = None
            while len(self._given_up) > _REMEMBERED:
                self._given_up.popitem(last=False)
            self._expected = first
            ready += self._drain()
        return ready

    def flush(self) -> Sequence[MediaBody]:
        """All that still waits, holes or not: nothing more will come."""
        ready = [self._waiting[number][0] for number in sorted(self._waiting)]
        self._waiting.clear()
        return ready

    def next_deadline_ms(self) -> int | None:
        """When to call `release`, or None while nothing waits."""
        return self._hole_since_ms() + self._wait_ms() if self._waiting else None

    def _hold(self, number: int, body: MediaBody, now_ms: int) -> Sequence[MediaBody]:
        if self._waiting and number < max(self._waiting):
            self._counts.reordered += 1
        self._waiting[number] = body, now_ms
        self._anew.clear()
        return [*self._drain(), *self.release(now_ms)]

    def _drain(self) -> list[MediaBody]:
        ready: list[MediaBody] = []
        assert self._expected is not None
        while (held := self._waiting.pop(self._expected, None)) is not None:
            body, came_ms = held
            ready.append(body)
            self._expected += 1
            self._went_on_ms = max(self._went_on_ms, came_ms)
        return ready

    def _come_again(self, number: int, body: MediaBody, now_ms: int) -> Sequence[MediaBody]:
        """A frame whose turn is over: too late, or doubled, until it turns out that all are counted anew."""
        if number in self._given_up:
            self._counts.late += 1
            return ()
        self._counts.duplicates += 1
        assert self._expected is not None
        if number > _FIRST or self._expected <= _FIRST + _DEPTH:
            return ()
        if self._anew_at != self._expected:
            self._anew.clear()
            self._anew_at = self._expected
        self._anew[number] = body
        if len(self._anew) < _DEPTH:
            return ()
        return self._restart([self._anew[first] for first in sorted(self._anew)], now_ms)

    def _restart(self, bodies: Sequence[MediaBody], now_ms: int) -> Sequence[MediaBody]:
        ready = [*self.flush()]
        self._expected = None
        self._given_up.clear()
        self._anew.clear()
        for body in bodies:
            ready += self.push(body, now_ms)
        return ready

    def _is_lost(self, now_ms: int) -> bool:
        return now_ms - self._hole_since_ms() >= self._wait_ms()

    def _hole_since_ms(self) -> int:
        # A frame waits once, however many holes are before it: else steady loss would delay the caller ever more. But
        # as long as the count goes on before it, nothing is missing, and its number is the odd one.
        oldest_ms = next(iter(self._waiting.values()))[1]
        return max(oldest_ms, self._went_on_ms)

    def _wait_ms(self) -> int:
        windows = 1 if len(self._waiting) >= _DEPTH else _PATIENCE
        return windows * self._policy.window_ms
