"""A TCP balancer on loopback, which can break what goes through it.

It stands where a cloud's load balancer stands: it spreads connections, round robin, over the backends that say they
are ready, and passes bytes on. Media sockets and everything else take turns of their own: a call's webhook and its
media socket come one after the other, and a single rotation would send all sockets of a kind to the same backend.
"""

import asyncio
import contextlib
import itertools
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

import httpx

_CHECK_S = 0.2
"""Between two looks at a backend's readiness."""
_CHECK_TIMEOUT_S = 1.0
_MEDIA = b"GET /media/"
_LINGER_NOT = struct.pack("ii", 1, 0)
"""SO_LINGER of no seconds (socket(7)): closing resets the connection, as a machine does that is gone or refuses."""


@dataclass(slots=True)
class Backend:
    """Where connections may go."""

    port: int
    ready_url: str | None = None
    """Answers 200 while new connections are welcome; without one they always are."""
    is_ready: bool = True


class Balancer:
    """Listens on a port of its own; `open_balancer` makes them."""

    def __init__(self, tasks: asyncio.TaskGroup, http: httpx.AsyncClient) -> None:
        self.port = 0
        self.tasks = tasks
        self._http = http
        self._backends: list[Backend] = []
        self._watchers: list[asyncio.Task[None]] = []
        self._pipes: set[_Pipe] = set()
        self._server: asyncio.Server | None = None
        self._turns = {True: itertools.count(), False: itertools.count()}

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.port}"

    def add(self, backend: Backend) -> None:
        """Send connections there too, whenever it is ready."""
        self._backends.append(backend)
        self._watchers.append(self.tasks.create_task(self._watch(backend)))

    async def accept(self) -> None:
        """Take connections, from now on or again."""
        if self._server is None:
            listener = socket.create_server(("127.0.0.1", self.port), backlog=1024)
            self.port = listener.getsockname()[1]
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: _Pipe(self).front, sock=listener)

    def refuse(self) -> None:
        """Take no connections: whoever tries is refused."""
        server, self._server = self._server, None
        if server is not None:
            server.close()

    def cut(self) -> None:
        """Reset every connection, on both sides."""
        for pipe in list(self._pipes):
            pipe.reset()

    def cut_media(self, backend: Backend, *, one_in: int = 1) -> int:
        """Reset a backend's media sockets, or one in so many of them; how many there were."""
        picked = self._media_of(backend)[::one_in]
        for pipe in picked:
            pipe.reset()
        return len(picked)

    def silence_media(self, backend: Backend) -> int:
        """Pass on nothing more of a backend's media sockets, without a word to either side; how many there were."""
        picked = self._media_of(backend)
        for pipe in picked:
            pipe.silence()
        return len(picked)

    def candidates(self, *, is_media: bool) -> Iterator[Backend]:
        """Where to try to connect, in this order.

        Where no backend is ready all are tried: that is what balancers do that have to choose between a service that
        is perhaps broken and none at all (Envoy's panic threshold).
        """
        ready = [backend for backend in self._backends if backend.is_ready] or list(self._backends)
        turn = next(self._turns[is_media])
        return (ready[(turn + step) % len(ready)] for step in range(len(ready)))

    def joined(self, pipe: "_Pipe") -> None:
        """A client has come."""
        self._pipes.add(pipe)

    def left(self, pipe: "_Pipe") -> None:
        """It has gone."""
        self._pipes.discard(pipe)

    def close(self) -> None:
        """Leave nothing behind."""
        self.refuse()
        self.cut()
        for watcher in self._watchers:
            watcher.cancel()

    async def _watch(self, backend: Backend) -> None:
        while backend.ready_url is not None:
            try:
                backend.is_ready = (await self._http.get(backend.ready_url)).status_code == 200
            except httpx.HTTPError:
                backend.is_ready = False
            await asyncio.sleep(_CHECK_S)

    def _media_of(self, backend: Backend) -> list["_Pipe"]:
        return [pipe for pipe in self._pipes if pipe.is_media and pipe.backend is backend]


class _Pipe:
    """One client's connection, and the one to a backend that was made for it."""

    def __init__(self, balancer: Balancer) -> None:
        self.front = _End(self)
        self.back = _End(self)
        self.is_media = False
        self.backend: Backend | None = None
        self._is_silent = False
        self._balancer = balancer

    def met(self, end: "_End") -> None:
        """A connection is there."""
        if end is self.front:
            self._balancer.joined(self)

    def carry(self, end: "_End", data: bytes) -> None:
        """Bytes have come from one side."""
        if self._is_silent:
            return
        if end is self.front and self.back.transport is None:
            # The first of them, which say whose they are.
            self.is_media = data.startswith(_MEDIA)
            self.front.pause()
            self._balancer.tasks.create_task(self._join(data))
            return
        other = self.front if end is self.back else self.back
        if other.transport is not None:
            other.transport.write(data)

    def throttle(self, end: "_End", *, full: bool) -> None:
        """One side does not keep up, or does again: the other has to wait."""
        other = self.front if end is self.back else self.back
        if full:
            other.pause()
        elif not self._is_silent:
            other.resume()

    def parted(self, end: "_End", exc: Exception | None) -> None:
        """One side is gone; the other goes the same way, unless nothing gets through any more."""
        self._balancer.left(self)
        other = self.front if end is self.back else self.back
        if exc is not None:
            other.reset()
        elif not self._is_silent:
            other.close()

    def reset(self) -> None:
        """Break it."""
        self.front.reset()
        self.back.reset()

    def silence(self) -> None:
        """Let nothing through, and hear of nothing."""
        self._is_silent = True
        self.front.pause()
        self.back.pause()

    async def _join(self, first: bytes) -> None:
        loop = asyncio.get_running_loop()
        for backend in self._balancer.candidates(is_media=self.is_media):
            try:
                await loop.create_connection(lambda: self.back, "127.0.0.1", backend.port)
            except OSError:
                backend.is_ready = False
                continue
            assert self.back.transport is not None
            self.backend = backend
            if self.front.is_gone:
                self.back.reset()
                return
            self.back.transport.write(first)
            if not self._is_silent:
                self.front.resume()
            return
        self.front.reset()


class _End(asyncio.Protocol):
    """One side of a pipe."""

    def __init__(self, pipe: _Pipe) -> None:
        self._pipe = pipe
        self.transport: asyncio.Transport | None = None
        self.is_gone = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._pipe.met(self)

    def data_received(self, data: bytes) -> None:
        self._pipe.carry(self, data)

    def pause_writing(self) -> None:
        self._pipe.throttle(self, full=True)

    def resume_writing(self) -> None:
        self._pipe.throttle(self, full=False)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_gone = True
        self._pipe.parted(self, exc)

    def pause(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.pause_reading()

    def resume(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def reset(self) -> None:
        if self.transport is not None and not self.is_gone:
            with contextlib.suppress(OSError):
                self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            self.transport.abort()


@asynccontextmanager
async def open_balancer(*backends: Backend) -> AsyncIterator[Balancer]:
    """A balancer that accepts, for as long as the block lasts."""
    async with (
        httpx.AsyncClient(timeout=_CHECK_TIMEOUT_S, trust_env=False) as http,
        asyncio.TaskGroup() as tasks,
    ):
        balancer = Balancer(tasks, http)
        for backend in backends:
            balancer.add(backend)
        await balancer.accept()
        try:
            yield balancer
        finally:
            balancer.close()
