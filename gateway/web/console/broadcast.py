"""One snapshot a second for all who watch, and none while nobody does.

There is no task: of those who wait for the next edition one makes it, and the others find it made. Whoever is slow to
take an edition misses some and gets the latest; nothing is queued for anybody.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from gateway.clock import Clock
from gateway.errors import CapacityError


@dataclass(frozen=True, slots=True)
class BroadcastPolicy:
    """How often, and for how many."""

    period_ms: int = 1_000
    """A call's levels are those of its last second."""
    max_viewers: int = 20
    """Each costs one write of some 40 kB a second at most."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A snapshot, numbered from 1."""

    number: int
    data: bytes


class Feed(Protocol):
    """What snapshots are made of."""

    def begin(self) -> None:
        """Somebody watches from now on."""
        ...

    def end(self) -> None:
        """Nobody does any more."""
        ...

    async def snapshot(self) -> bytes:
        """How everything is now."""
        ...


class Broadcast:
    """What everybody sees who looks at the live calls."""

    def __init__(self, feed: Feed, clock: Clock, policy: BroadcastPolicy | None = None) -> None:
        self._feed = feed
        self._clock = clock
        self._policy = policy or BroadcastPolicy()
        self._edition = Edition(0, b"")
        self._due_ms = clock.now_ms()
        """From when on the edition is no news any more."""
        self._press = asyncio.Lock()
        self._closed = asyncio.Event()
        self.viewers = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Somebody looks, for as long as the context lasts.

        Raises:
            CapacityError: too many do already.
        """
        if self.viewers >= self._policy.max_viewers:
            raise CapacityError(f"{self.viewers} are watching already, which is the most")
        if not self.viewers:
            self._feed.begin()
        self.viewers += 1
        try:
            yield
        finally:
            self.viewers -= 1
            if not self.viewers:
                self._feed.end()

    async def next(self, seen: int) -> Edition | None:
        """The latest edition as soon as it is another than the one seen; None when there will be no more."""
        async with self._press:
            if self._edition.number == seen:
                await self._until_due()
            if self._closed.is_set():
                return None
            if self._clock.now_ms() >= self._due_ms:
                self._edition = Edition(self._edition.number + 1, await self._feed.snapshot())
                self._due_ms = self._clock.now_ms() + self._policy.period_ms
            return self._edition

    def close(self) -> None:
        """Let everybody go, at once."""
        self._closed.set()

    async def _until_due(self) -> None:
        while (wait_ms := self._due_ms - self._clock.now_ms()) > 0 and not self._closed.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_ms / 1000):
                    await self._closed.wait()
