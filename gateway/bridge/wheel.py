"""One timer for all calls of a loop.

A call needs to be looked at every few hundred milliseconds, a thousand calls would each keep a timer handle in the
loop's heap and replace it with every frame. Here they lie in buckets of ten milliseconds, and a call that has moved its
deadline on simply does not answer to the old one.
"""

import asyncio
from collections import defaultdict
from typing import Protocol

from gateway.clock import Clock

_BUCKET_MS = 10
"""Half a frame: fine enough for a caller not to hear, coarse enough to meet many calls at once."""

_LATE_MS = 20
"""The loop stood still: what came meanwhile may not have been read yet."""

_READ_S = 0.001
"""Until a late wheel turns: the loop reads all sockets in between. No less, as uvloop would not read before."""


class Timed(Protocol):
    """Something that wants to be called at a time."""

    due_ms: int
    """When, on the wheel's clock; 0 while it does not want to be called."""

    def tick(self, now_ms: int) -> None:
        """The time has come. It sets its next deadline with `Wheel.set`."""
        ...


class Wheel:
    """Calls `tick` of whoever is due."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: defaultdict[int, list[Timed]] = defaultdict(list)
        self._turned_to = 0
        self._timer: asyncio.TimerHandle | None = None

    def set(self, timed: Timed, due_ms: int) -> None:
        """Call it then, and not at the time set before."""
        timed.due_ms = due_ms
        idle = self._timer is None
        if idle:
            self._turned_to = self._clock.now_ms() // _BUCKET_MS
        # Rounded up: late by less than a bucket, never early.
        bucket = max(-(-due_ms // _BUCKET_MS), self._turned_to + 1)
        self._buckets[bucket].append(timed)
        if idle:
            self._arm()

    def forget(self, timed: Timed) -> None:
        """Do not call it again."""
        timed.due_ms = 0

    def turn(self) -> None:
        """Call everybody who is due by now."""
        now_ms = self._clock.now_ms()
        until = now_ms // _BUCKET_MS
        for bucket in range(self._turned_to + 1, until + 1):
            # Moved on before anybody is called: whoever sets a deadline now gets a bucket that is still to come.
            self._turned_to = bucket
            for timed in self._buckets.pop(bucket, ()):
                if 0 < timed.due_ms <= bucket * _BUCKET_MS:
                    timed.due_ms = 0
                    timed.tick(now_ms)
        self._timer = None
        if self._buckets:
            self._arm()

    def stop(self) -> None:
        """Call nobody any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._buckets.clear()

    def _arm(self) -> None:
        loop = asyncio.get_running_loop()
        wait_ms = (self._turned_to + 1) * _BUCKET_MS - self._clock.now_ms()
        self._timer = loop.call_later(max(0, wait_ms) / 1000, self._come_round)

    def _come_round(self) -> None:
        """Turn, when late only after what has come was read: who waits for it would be told that nothing came."""
        late_ms = self._clock.now_ms() - (self._turned_to + 1) * _BUCKET_MS
        if late_ms > _LATE_MS:
            self._timer = asyncio.get_running_loop().call_later(_READ_S, self.turn)
        else:
            self.turn()
