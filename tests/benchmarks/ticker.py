"""Every millisecond: do what is due, then read whatever has come, of however many sockets.

What is due goes first, then what is timed: reading from thousands of sockets takes longer than a millisecond. What
would wait for it would come in bunches, which no carrier sends; and of messages that wait for each other in the kernel
only the last one's time is known.
"""

import asyncio
import gc
import resource
import select
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Protocol

_TICK_S = 0.001
"""uvloop's clock has no finer one."""
_READ_AT_ONCE = 16
"""Sockets, before it is asked again what is due."""
_READ_FOR = 0.5
"""Of the time that sending took, before there is more of it: who is never read from believes that nobody is there."""


class Readable(Protocol):
    """Something with a socket."""

    def fileno(self) -> int:
        """The socket's."""
        ...

    def read(self) -> None:
        """Take what has come."""
        ...


class Ticker:
    """The generator's pulse. Nothing wakes it but time, so that what it is sent costs the sender no wake-up."""

    def __init__(self) -> None:
        self._epoll, self._timed = select.epoll(), select.epoll()
        self._readers: dict[int, Callable[[], None]] = {}
        self.due: list[Callable[[float], None]] = []
        """Called with `time.perf_counter`'s seconds."""

    def add(self, readable: Readable) -> None:
        """Read from it from now on; a closed socket is forgotten by itself."""
        self._readers[readable.fileno()] = readable.read
        self._epoll.register(readable.fileno(), select.EPOLLIN)

    def time(self, readable: Readable) -> None:
        """Read from it before all others: when its messages came is noted."""
        self._epoll.unregister(readable.fileno())
        self._timed.register(readable.fileno(), select.EPOLLIN)

    async def run(self) -> None:
        """Tick until cancelled."""
        try:
            while True:
                next_s = self._act()
                for read, (number, _) in enumerate(self._epoll.poll(0), 1):
                    self._readers[number]()
                    if read % _READ_AT_ONCE == 0 and time.perf_counter() >= next_s:
                        next_s = self._act()
                await asyncio.sleep(_TICK_S)
        finally:
            self._epoll.close()
            self._timed.close()

    def _act(self) -> float:
        """When it is to be done again, at the earliest."""
        now_s = time.perf_counter()
        for act in self.due:
            act(now_s)
        for number, _ in self._timed.poll(0):
            self._readers[number]()
        done_s = time.perf_counter()
        return done_s + _READ_FOR * (done_s - now_s)


@asynccontextmanager
async def run_ticker() -> AsyncIterator[Ticker]:
    """A ticker for as long as the context lasts, in a process that may have as many sockets as the system allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    gc.collect()
    gc.freeze()  # a collection in the middle would make frames late
    ticker = Ticker()
    async with asyncio.TaskGroup() as tasks:
        ticking = tasks.create_task(ticker.run())
        try:
            yield ticker
        finally:
            ticking.cancel()
            with suppress(asyncio.CancelledError):
                await ticking
