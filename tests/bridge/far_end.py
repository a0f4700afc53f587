"""The far end of a session stream on loopback, and an ear that remembers what it is told."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from gateway.audio.formats import AudioFormat
from gateway.bridge.chunks import Chunk
from gateway.bridge.events import Event
from gateway.bridge.kallglot_leg import Words
from tests.fakes.until import until
from tests.kallglot.stream_peer import stream_peer


@dataclass
class Ears:
    """Everybody whom a leg tells something."""

    events: list[Event] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)
    heard: list[tuple[bytes, AudioFormat]] = field(default_factory=list)
    spoke: int = 0
    words: list[Words] = field(default_factory=list)
    opened: int = 0
    writable: list[bool] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    unheard_ms: int = 0
    is_broken: bool = False
    """Whoever listens has a bug."""

    def handle(self, event: Event) -> None:
        if self.is_broken:
            raise ZeroDivisionError("a bug of ours")
        self.events.append(event)

    def caller_audio(self, chunks: Sequence[Chunk]) -> None:
        self.chunks += chunks

    def session_audio(self, payload: bytes, source: AudioFormat) -> None:
        self.heard.append((payload, source))

    def caller_spoke(self) -> None:
        self.spoke += 1

    def transcribed(self, words: Words) -> None:
        self.words.append(words)

    def stream_opened(self) -> None:
        self.opened += 1

    def queued_ms(self) -> int:
        return self.unheard_ms

    def stream_writable(self, *, writable: bool) -> None:
        self.writable.append(writable)

    def failed(self, exc: Exception) -> None:
        self.failures.append(exc)


@dataclass
class FarEnd:
    """A Kallglot that takes streams."""

    url: str = ""
    paths: list[str] = field(default_factory=list)
    received: list[str | bytes] = field(default_factory=list)
    streams: list[ServerConnection] = field(default_factory=list)
    ended: int = 0

    async def serve(self, stream: ServerConnection) -> None:
        assert stream.request is not None
        self.paths.append(stream.request.path)
        self.streams.append(stream)
        try:
            async for message in stream:
                self.received.append(message)
        except ConnectionClosed:
            pass  # the gateway dropped it
        self.ended += 1

    async def say(self, message: bytes) -> None:
        """Send a text message on the latest stream."""
        await until(lambda: bool(self.streams))
        await self.streams[-1].send(message, text=True)

    async def heard(self, *messages: bytes) -> None:
        """Wait until exactly these came."""
        wanted = [message.decode() for message in messages]
        await until(lambda: len(self.received) >= len(wanted))
        assert self.received == wanted


@asynccontextmanager
async def far_end() -> AsyncIterator[FarEnd]:
    """A far end on a free port."""
    there = FarEnd()
    async with stream_peer(there.serve) as url:
        there.url = url
        yield there
        for stream in there.streams:
            await stream.close()
