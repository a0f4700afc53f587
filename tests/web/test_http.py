"""Connections that a carrier would not make, over real sockets.

Also what is relied upon in uvicorn: the class given as `http=` is called with its own keywords, its parser's callbacks
are methods that may raise, what they raise is answered by `send_400_response`, upgrades go to `ws_protocol_class`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateway.calls import Carrier
from gateway.web.http import HeadPolicy, guarded_protocol
from gateway.web.listener import listen
from gateway.web.requests import networks
from gateway.web.visitors import Visitors
from tests.fakes.carriers import arrive, dial
from tests.fakes.until import until
from tests.fakes.world import World, open_world

HEAD = b"GET / HTTP/1.1\r\nhost: gateway.test\r\n"

CHUNKED = b"POST / HTTP/1.1\r\nhost: gateway.test\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nx: "
"""A body, and the beginning of what may follow one."""


async def hello(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def impatient(_request: Request) -> Response:
    return PlainTextResponse("enough", status_code=413)


class Server:
    """A listener guarded like the public one."""

    def __init__(self, limit: int, trusted: tuple[str, ...]) -> None:
        self.visitors = Visitors(limit, networks(trusted), lambda _address: None)
        self.port = 0

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def answer(self, *pieces: bytes) -> bytes:
        """All that is said to whoever sends these pieces, up to the connection's end."""
        reader, writer = await self.connect()
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        answered = await asyncio.wait_for(_read(reader), 10)
        writer.close()
        return answered


async def _read(reader: asyncio.StreamReader) -> bytes:
    """Until the end, which may be rude: what was not read makes the kernel reset a connection."""
    answered = b""
    try:
        while piece := await reader.read(65536):
            answered += piece
    except ConnectionResetError:
        answered += bytes(reader._buffer)  # type: ignore[attr-defined]  # came before it, and is not given any more
    return answered


@asynccontextmanager
async def guarded(
    policy: HeadPolicy | None = None, *, limit: int = 10, trusted: tuple[str, ...] = ()
) -> AsyncIterator[Server]:
    server = Server(limit, trusted)
    app = Starlette(routes=[Route("/", hello, methods=["GET", "POST"]), Route("/enough", impatient, methods=["POST"])])
    protocol = guarded_protocol(server.visitors, policy or HeadPolicy())
    config = uvicorn.Config(app, http=protocol, ws=asyncio.Protocol, lifespan="off", log_config=None)  # type: ignore[arg-type]
    running = uvicorn.Server(config)
    with listen("server", "127.0.0.1", 0) as listener:
        server.port = listener.getsockname()[1]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(running._serve([listener]))
            await until(lambda: running.started)
            yield server
            running.should_exit = True


async def test_a_plain_request_is_answered() -> None:
    async with guarded() as server, httpx.AsyncClient() as client:
        url = f"http://127.0.0.1:{server.port}/"
        assert (await client.get(url)).text == "0"
        assert (await client.post(url, content=b"x" * 100_000)).text == "100000"
        assert (await client.get(url, headers={"x-long": "a" * 60_000})).status_code == 200


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([HEAD + b"x: " + b"a" * 70_000 + b"\r\n\r\n"], id="one-long-header"),
        pytest.param([HEAD + b"".join(b"x-%d: %s\r\n" % (i, b"a" * 90) for i in range(700)) + b"\r\n"], id="many"),
        pytest.param([b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n"], id="a-long-path"),
        pytest.param([HEAD, *[b"x: " + b"a" * 40_000] * 4], id="a-header-without-end"),
        pytest.param([HEAD, *[b"x: a\r\n" * 2_000] * 8], id="headers-without-end"),
        pytest.param([CHUNKED, *[b"a" * 40_000] * 10], id="a-trailer-without-end"),
        pytest.param([CHUNKED, *[b"x: a\r\n" * 4_000] * 20], id="trailers-without-end"),
    ],
)
async def test_a_head_beyond_64_kib_is_refused(pieces: list[bytes]) -> None:
    """At the latest one read after it: nobody can have us keep more."""
    async with guarded() as server:
        assert (await server.answer(*pieces)).startswith(b"HTTP/1.1 431 ")
        await until(lambda: len(server.visitors) == 0)


async def test_a_head_that_dribbles_in_is_refused() -> None:
    """A connection that is kept open by a byte now and then is no use to anybody but who wants to use them up."""
    async with guarded(HeadPolicy(within_s=0.2)) as server:
        assert (await server.answer(HEAD)).startswith(b"HTTP/1.1 408 ")
        await until(lambda: len(server.visitors) == 0)


async def test_a_connection_that_says_nothing_is_closed_without_a_word() -> None:
    """A proxy that opens connections ahead of use would take a word for the answer to its next request."""
    async with guarded(HeadPolicy(within_s=0.1)) as server:
        assert await server.answer() == b""


async def test_a_later_request_on_a_connection_has_as_long() -> None:
    async with guarded(HeadPolicy(within_s=0.3)) as server:
        answered = await server.answer(HEAD + b"\r\n", HEAD)
    assert answered.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in answered


async def test_a_body_that_takes_its_time_is_not_the_heads_affair() -> None:
    async with guarded(HeadPolicy(within_s=0.1)) as server:
        reader, writer = await server.connect()
        writer.write(b"POST / HTTP/1.1\r\nhost: gateway.test\r\ncontent-length: 2\r\n\r\n")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.4)
        writer.write(b"ab")
        assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"HTTP/1.1 200 ")
        writer.close()


async def test_what_is_left_of_a_request_that_was_answered_is_not_waited_for() -> None:
    """Ten gigabytes to come do not keep a connection."""
    async with guarded() as server:
        head = b"POST /enough HTTP/1.1\r\nhost: gateway.test\r\ncontent-length: 10000000000\r\n\r\n"
        assert (await server.answer(head, b"x" * 1000)).startswith(b"HTTP/1.1 413 ")


async def test_requests_may_follow_each_other_at_once() -> None:
    """Pipelined, with large bodies: what belongs to one is not held against the next."""
    async with guarded() as server:
        one = b"POST / HTTP/1.1\r\nhost: gateway.test\r\ncontent-length: 60000\r\n\r\n" + b"x" * 60_000
        last = HEAD + b"connection: close\r\n\r\n"
        assert (await server.answer(one * 3 + last)).count(b"HTTP/1.1 200 ") == 4


async def test_who_sends_requests_far_ahead_of_the_answers_is_cut_off() -> None:
    """Twenty bytes each, thousands in one packet: their number is not what fills the memory."""
    async with guarded() as server:
        answered = await server.answer(HEAD.join([b"", *[b"\r\n"] * 5_000]))
        assert answered.count(b"HTTP/1.1 ") <= 1
        await until(lambda: len(server.visitors) == 0)


async def test_ten_requests_may_wait_for_the_answer_to_another() -> None:
    async with guarded() as server:
        answered = await server.answer((HEAD + b"\r\n") * 10 + HEAD + b"connection: close\r\n\r\n")
        assert answered.count(b"HTTP/1.1 200 ") == 11


async def test_rubbish_is_a_bad_request() -> None:
    async with guarded() as server:
        assert (await server.answer(b"\x16\x03\x01\x02\x00")).startswith(b"HTTP/1.1 400 ")


async def test_an_address_gets_its_connections_and_no_more() -> None:
    """And another one as soon as one of them has ended."""
    async with guarded(limit=2) as server:
        first, second = await server.connect(), await server.connect()
        await until(lambda: len(server.visitors) == 2)
        assert (await server.answer()).startswith(b"HTTP/1.1 503 ")
        first[1].close()
        await until(lambda: len(server.visitors) == 1)
        assert (await server.answer(b"GET / HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        second[1].close()


async def test_a_trusted_proxy_may_have_any_number() -> None:
    async with guarded(limit=1, trusted=("127.0.0.0/8",)) as server:
        opened = [await server.connect() for _ in range(5)]
        assert (await server.answer(b"GET / HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        for _, writer in opened:
            writer.close()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, server={"max_connections_per_address": 3}) as opened:
        yield opened


async def test_media_sockets_count_until_they_close(world: World) -> None:
    """Upgraded or refused: each connection is counted from its first to its last moment, and shown."""
    async with httpx.AsyncClient() as client:
        urls = [(await arrive(client, world, Carrier.TWILIO))[1] for _ in range(2)]
        sockets = [await dial(url) for url in urls]
        metrics = (await client.get(f"{world.admin_url}/metrics")).text
        assert 'gateway_open_websockets{side="media"} 2.0' in metrics
        # With the client's own connection that makes three.
        with pytest.raises(httpx.HTTPError):
            async with httpx.AsyncClient() as another:
                (await another.get(f"{world.url}/livez")).raise_for_status()
        for socket in sockets:
            await socket.close()

        async def has_room() -> bool:
            async with httpx.AsyncClient() as another:
                return (await another.get(f"{world.url}/livez")).status_code == 200

        await until(has_room)
        for _ in range(6):
            answer = await client.get(
                f"{world.url}/media/twilio/x", headers={"connection": "upgrade", "upgrade": "websocket"}
            )
            assert answer.status_code == 400
        metrics = (await client.get(f"{world.admin_url}/metrics")).text
        assert 'gateway_open_websockets{side="media"} 0.0' in metrics
