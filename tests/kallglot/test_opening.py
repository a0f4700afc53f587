"""How a session stream is opened, and what its connection is told then, against a peer on loopback."""

import asyncio
import logging
import socket
from dataclasses import replace

import pytest
import uvloop
from websockets.asyncio.server import ServerConnection
from websockets.client import ClientProtocol
from websockets.frames import Opcode
from websockets.http11 import Request

from gateway.errors import KallglotUnavailableError
from gateway.kallglot.client import USER_AGENT
from gateway.kallglot.opening import Opening
from gateway.kallglot.stream import StreamPolicy
from tests.fakes.handshake import acceptance
from tests.fakes.uncollected import uncollected
from tests.kallglot.samples import sample
from tests.kallglot.stream_peer import (
    PATIENCE_S,
    POLICY,
    fill,
    frame,
    notes_of,
    open_noted,
    raw_peer,
    stream_peer,
)

READY = sample("stream/session_ready.json")


async def test_opens_as_documented() -> None:
    """The token is a query parameter; nothing is asked for that the documents do not mention."""
    requests: list[Request] = []

    async def handler(ws: ServerConnection) -> None:
        assert ws.request is not None
        requests.append(ws.request)

    async with stream_peer(handler) as url:
        stream, notes = await open_noted(f"{url}?region=eu")
        await notes.closed()
        await stream.wait_closed()
    [request] = requests
    assert request.path == "/v1/sessions/sess_1/connect?region=eu&token=kst_test_a%2Fb"
    assert request.headers["User-Agent"] == USER_AGENT
    assert "Origin" not in request.headers
    assert "Sec-WebSocket-Extensions" not in request.headers


async def test_what_comes_with_the_upgrade_is_not_lost() -> None:
    """`session.ready` in the same packet as the upgrade is handed on once the stream is in its holder's hands."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await acceptance(reader) + frame(Opcode.TEXT, READY) + frame(Opcode.TEXT, b"{}"))
        await reader.read()

    async with raw_peer(handler) as url:
        stream, notes = await open_noted(url)
        assert notes.taken == []
        assert await notes.until(lambda taken: len(taken) == 2) == [("message", READY), ("message", b"{}")]
        stream.abort()


def test_an_open_stream_keeps_nothing_of_its_opening() -> None:
    """Neither does the garbage collector have to find it, nor uvloop's transport hold it for as long as a call."""

    async def handler(ws: ServerConnection) -> None:
        await ws.send(READY)
        await ws.wait_closed()

    async def open_one() -> None:
        async with stream_peer(handler) as url:
            stream, notes = await open_noted(url)
            await notes.until(bool)
            assert (alive(Opening), alive(ClientProtocol)) == (0, 0)
            stream.abort()

    with uncollected() as alive:
        uvloop.run(open_one())


async def test_a_stream_that_ends_with_its_upgrade_is_told_as_closed() -> None:
    """An end that comes at once is an end, not an exception of the opening."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await acceptance(reader) + frame(Opcode.TEXT, READY))
        await writer.drain()

    async with raw_peer(handler) as url:
        stream, notes = await open_noted(url)
        assert await notes.closed() == [("message", READY), ("closed", 1006, "")]
        await stream.wait_closed()


async def test_does_not_wait_for_ever_to_be_opened() -> None:
    """A Kallglot that takes the connection and says nothing is given up, and let go of."""
    let_go = asyncio.Event()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        let_go.set()

    async with raw_peer(handler) as url:
        with pytest.raises(KallglotUnavailableError, match=r"timeout: 127\.0\.0\.1 did not open .* within 50 ms"):
            await open_noted(url, StreamPolicy(open_timeout_ms=50))
        async with asyncio.timeout(PATIENCE_S):
            await let_go.wait()


async def test_the_token_stays_out_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Not even a log at its most talkative shows the address with the token."""
    caplog.set_level(logging.DEBUG, logger="websockets.client")

    async def handler(ws: ServerConnection) -> None:
        await ws.close()

    await notes_of(handler)
    assert "kst_test" not in caplog.text


async def test_sends_without_delay() -> None:
    """Small messages do not wait for the acknowledgement of the one before (Nagle's algorithm is off)."""

    async def handler(ws: ServerConnection) -> None:
        await ws.wait_closed()

    async with stream_peer(handler) as url:
        stream, _ = await open_noted(url)
        assert stream._transport is not None
        connection: socket.socket = stream._transport.underlying_transport.get_extra_info("socket")
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        stream.abort()
        await stream.wait_closed()


async def test_a_kallglot_that_takes_nothing_any_more_is_given_up() -> None:
    """Its caller would be in silence until pings are missed, a minute later."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await acceptance(reader))
        await writer.wait_closed()

    async with raw_peer(handler) as url:
        stream, notes = await open_noted(url, replace(POLICY, unacknowledged_ms=300))
        await fill(stream, notes)
        assert await notes.closed() == [("writable", False), ("closed", 1006, "")]
        await stream.wait_closed()
