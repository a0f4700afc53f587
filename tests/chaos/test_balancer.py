"""The balancer breaks what it is told to break, and nothing else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

import pytest

from tests.chaos.balancer import Backend, Balancer, open_balancer
from tests.fakes.until import until
from tests.fakes.valkey import free_port

MEDIA = b"GET /media/twilio/x HTTP/1.1\r\n\r\n"
OTHER = b"POST /webhooks/twilio/voice HTTP/1.1\r\n\r\n"


class _Peer(asyncio.Protocol):
    """Says its name to whoever says something, and then everything that it hears."""

    def __init__(self, name: bytes, ready: bytes, peers: list["_Peer"]) -> None:
        self._name = name
        self._ready = ready
        self._peers = peers
        self._has_spoken = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._peers.append(self)

    def data_received(self, data: bytes) -> None:
        if b"readyz" in data:
            self.transport.write(b"HTTP/1.1 " + self._ready + b" x\r\ncontent-length: 0\r\n\r\n")
        else:
            self.transport.write(data if self._has_spoken else self._name)
            self._has_spoken = True


@asynccontextmanager
async def backend(name: bytes, ready: bytes = b"200") -> AsyncIterator[Backend]:
    """A backend of that name, ready or not."""
    peers: list[_Peer] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Peer(name, ready, peers), "127.0.0.1", 0)
    async with server:
        yield Backend(server.sockets[0].getsockname()[1])
        for peer in peers:
            peer.transport.abort()


Say = Callable[[Balancer, bytes], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]]]


@pytest.fixture
async def say() -> AsyncIterator[Say]:
    """Opens connections and answers who is at their other end."""
    writers: list[asyncio.StreamWriter] = []

    async def open_connection(
        balancer: Balancer, first: bytes
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", balancer.port)
        writers.append(writer)
        writer.write(first)
        return reader, writer, await reader.read(1)

    yield open_connection
    for writer in writers:
        writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def test_kinds_of_connections_take_turns_of_their_own(say: Say) -> None:
    """A webhook and a media socket, again and again: each kind goes to both backends."""
    async with backend(b"a") as a, backend(b"b") as b, open_balancer(a, b) as balancer:
        answers = [(await say(balancer, kind))[2] for kind in (OTHER, MEDIA, OTHER, MEDIA)]
    assert answers == [b"a", b"a", b"b", b"b"]


async def test_whoever_refuses_is_passed_over(say: Say) -> None:
    """Its connection goes to the next one, without the client's knowledge."""
    async with backend(b"a") as a, open_balancer(Backend(free_port()), a) as balancer:
        assert [(await say(balancer, OTHER))[2] for _ in range(2)] == [b"a", b"a"]


async def test_a_client_that_nobody_takes_is_reset(say: Say) -> None:
    async with open_balancer(Backend(free_port())) as balancer:
        with pytest.raises(ConnectionResetError):
            await say(balancer, OTHER)


async def test_a_backend_that_is_not_ready_gets_nothing(say: Say) -> None:
    """Unless none is: then any is better than none."""
    async with backend(b"a", ready=b"503") as a, backend(b"b") as b, open_balancer() as balancer:
        a.ready_url = f"http://127.0.0.1:{a.port}/readyz"
        balancer.add(a)
        await until(lambda: not a.is_ready)
        assert (await say(balancer, OTHER))[2] == b"a"
        balancer.add(b)
        assert [(await say(balancer, OTHER))[2] for _ in range(3)] == [b"b"] * 3


async def test_media_sockets_are_reset_and_nothing_else(say: Say) -> None:
    async with backend(b"a") as a, open_balancer(a) as balancer:
        media, _, _ = await say(balancer, MEDIA)
        other, writer, _ = await say(balancer, OTHER)
        assert balancer.cut_media(a) == 1
        with pytest.raises(ConnectionResetError):
            await media.read(1)
        writer.write(b"still there")
        assert await other.read(100) == b"still there"


@pytest.mark.parametrize("closes", [True, False], ids=["the client closes", "the client waits"])
async def test_a_silent_connection_is_open_and_dead(say: Say, closes: bool) -> None:
    """Nothing comes back, no end either; new connections are well."""
    async with backend(b"a") as a, open_balancer(a) as balancer:
        reader, writer, _ = await say(balancer, MEDIA)
        assert balancer.silence_media(a) == 1
        writer.write(b"anybody?")
        if closes:
            writer.write_eof()
        await _nothing_comes(lambda: reader.read(1))
        assert (await say(balancer, MEDIA))[2] == b"a"
        balancer.cut()


async def test_a_road_that_is_closed_refuses_until_it_is_opened(say: Say) -> None:
    """At the same address."""
    async with backend(b"a") as a, open_balancer(a) as balancer:
        port = balancer.port
        balancer.refuse()
        with pytest.raises(ConnectionRefusedError):
            await say(balancer, OTHER)
        await balancer.accept()
        assert balancer.port == port
        assert (await say(balancer, OTHER))[2] == b"a"


async def _nothing_comes(read: Callable[[], Awaitable[bytes]]) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await read()
