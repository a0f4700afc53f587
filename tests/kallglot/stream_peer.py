"""A Kallglot on loopback that serves the session stream, and a listener that takes notes."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response

from gateway.kallglot.stream import KallglotStream, StreamPolicy, open_stream

Note = tuple[str | bytes | int | bool, ...]

TOKEN = "kst_test_a/b"

POLICY = StreamPolicy(max_message_bytes=10_000, close_timeout_ms=200, write_high_water_bytes=64 << 10)

PATIENCE_S = 10
"""How long a test waits for what must happen."""


class Notes:
    """A `StreamListener` that keeps what it is told."""

    def __init__(self) -> None:
        self.taken: list[Note] = []
        self._came = asyncio.Event()

    def stream_message(self, data: bytes) -> None:
        self._take("message", data)

    def stream_binary(self, size: int) -> None:
        self._take("binary", size)

    def stream_closed(self, code: int, reason: str) -> None:
        self._take("closed", code, reason)

    def stream_writable(self, *, writable: bool) -> None:
        self._take("writable", writable)

    def _take(self, *note: str | bytes | int | bool) -> None:
        self.taken.append(note)
        self._came.set()

    async def until(self, holds: Callable[[list[Note]], bool]) -> list[Note]:
        """All notes, once `holds` says so."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds(self.taken):
                self._came.clear()
                await self._came.wait()
        return self.taken

    async def closed(self) -> list[Note]:
        """All notes, once the stream is closed."""
        return await self.until(lambda taken: any(note[0] == "closed" for note in taken))


@asynccontextmanager
async def stream_peer(
    handler: Callable[[ServerConnection], Awaitable[None]],
    *,
    process_request: Callable[[ServerConnection, Request], Response | None] | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[str]:
    """A WebSocket server for `handler`; the address of its stream."""
    async with serve(handler, "127.0.0.1", 0, process_request=process_request, ssl=tls) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"{'ws' if tls is None else 'wss'}://127.0.0.1:{port}/v1/sessions/sess_1/connect"


@asynccontextmanager
async def raw_peer(
    handler: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """A TCP server for `handler`, which speaks for itself; the address of its stream."""
    tasks: set[asyncio.Task[None]] = set()
    writers: set[asyncio.StreamWriter] = set()

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        writers.add(writer)
        try:
            await handler(reader, writer)
        except ConnectionError:
            pass  # the client had enough
        finally:
            writer.close()

    server = await asyncio.start_server(serve_one, "127.0.0.1", 0)
    try:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/connect"
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await server.wait_closed()
        await asyncio.gather(*tasks)


def frame(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
    """A WebSocket frame as a server sends it."""
    return Frame(opcode, data, fin).serialize(mask=False)


async def open_noted(url: str, policy: StreamPolicy = POLICY) -> tuple[KallglotStream, Notes]:
    """A stream, and the notes of its listener."""
    notes = Notes()
    return await open_stream(url, TOKEN, notes, policy), notes


async def notes_of(handler: Callable[[ServerConnection], Awaitable[None]]) -> list[tuple[object, ...]]:
    """What a listener is told by a stream that `handler` serves and ends."""
    async with stream_peer(handler) as url:
        stream, notes = await open_noted(url)
        taken = await notes.closed()
        await stream.wait_closed()
        return list(taken)


async def fill(stream: KallglotStream, notes: Notes) -> int:
    """Send until the listener is told to stop; the bytes on the wire."""
    sent = 0
    async with asyncio.timeout(PATIENCE_S):
        while True:
            stream.send(b"x" * 60_000)
            sent += 8 + 60_000  # RFC 6455 §5.2: two bytes, two of length, four of mask
            if notes.taken:
                return sent
            await asyncio.sleep(0)
