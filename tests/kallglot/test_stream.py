"""Rules of the session stream, against a peer on loopback."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
import uvloop
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import Opcode

from gateway.kallglot.messages import PING, SESSION_END
from tests.fakes.handshake import acceptance
from tests.kallglot.rest_peer import reset
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


async def test_sends_text_messages_in_order() -> None:
    """Kallglot reads each message whole, as text."""
    received: list[str | bytes] = []

    async def handler(ws: ServerConnection) -> None:
        received.extend([await ws.recv(), await ws.recv(), await ws.recv()])

    async with stream_peer(handler) as url:
        stream, notes = await open_noted(url)
        assert stream.is_open
        assert all([stream.send(PING), stream.send(b'"%b"' % (b"\xc3\xbc" * 40_000)), stream.send(SESSION_END)])
        await notes.closed()
        await stream.wait_closed()
    assert received == [PING.decode(), '"' + "ü" * 40_000 + '"', SESSION_END.decode()]


async def test_hands_on_a_burst_in_order() -> None:
    """A hundred messages in few packets arrive as a hundred messages."""

    async def handler(ws: ServerConnection) -> None:
        ws.transport.write(b"".join(frame(Opcode.TEXT, b"%d" % number) for number in range(100)))

    taken = await notes_of(handler)
    assert taken == [*(("message", b"%d" % number) for number in range(100)), ("closed", 1000, "")]


async def test_joins_fragments_around_a_ping() -> None:
    """A message that Kallglot sends in pieces is handed on whole, and the ping between them is answered."""

    async def handler(ws: ServerConnection) -> None:
        ws.transport.write(frame(Opcode.TEXT, b'{"type":', fin=False))
        ponged = await ws.ping()
        await ponged
        ws.transport.write(frame(Opcode.CONT, b'"po', fin=False) + frame(Opcode.CONT, b'ng"}'))

    assert await notes_of(handler) == [("message", b'{"type":"pong"}'), ("closed", 1000, "")]


async def test_a_message_in_countless_pieces_is_joined_at_once() -> None:
    """Sixty thousand pieces are work of a moment; half a minute of it would be every call's silence."""

    async def handler(ws: ServerConnection) -> None:
        piece = frame(Opcode.CONT, b"", fin=False)
        ws.transport.write(frame(Opcode.TEXT, b"", fin=False) + piece * 60_000 + frame(Opcode.CONT, b"{}"))

    began_s = time.process_time()
    assert await notes_of(handler) == [("message", b"{}"), ("closed", 1000, "")]
    assert time.process_time() - began_s < 5


async def test_only_measures_binary_messages() -> None:
    """Binary messages, whole or in pieces, are none of Kallglot's; the stream goes on."""

    async def handler(ws: ServerConnection) -> None:
        await ws.send(b"12345")
        await ws.send([b"123", b"", b"4567"])
        await ws.send("text")

    assert await notes_of(handler) == [("binary", 5), ("binary", 7), ("message", b"text"), ("closed", 1000, "")]


@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1001, "deploy"), (1011, "oops"), (4401, "token")])
async def test_tells_how_kallglot_closed(code: int, reason: str) -> None:
    """The close code and its reason reach the listener, once."""

    async def handler(ws: ServerConnection) -> None:
        await ws.close(code, reason)

    assert await notes_of(handler) == [("closed", code, reason)]


async def test_tells_a_close_without_a_code() -> None:
    """RFC 6455 §7.1.5: a close frame without a code counts as 1005."""

    async def handler(ws: ServerConnection) -> None:
        ws.transport.write(frame(Opcode.CLOSE, b""))
        await ws.wait_closed()

    assert await notes_of(handler) == [("closed", 1005, "")]


@pytest.mark.parametrize(
    "lose",
    [
        pytest.param(lambda ws: reset(ws.transport), id="reset"),
        pytest.param(lambda ws: ws.transport.close(), id="end of data"),
        pytest.param(
            lambda ws: ws.transport.write(frame(Opcode.TEXT, b"x" * 99)[:50]) or ws.transport.close(), id="torn"
        ),
    ],
)
async def test_tells_a_lost_connection(lose: Callable[[ServerConnection], None]) -> None:
    """A connection that ends without a goodbye is 1006, and half a message is no message."""

    async def handler(ws: ServerConnection) -> None:
        lose(ws)
        await ws.wait_closed()

    assert await notes_of(handler) == [("closed", 1006, "")]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(frame(Opcode.TEXT, b"x" * 10_001), 1009, id="too big"),
        pytest.param(
            frame(Opcode.TEXT, b"x" * 6000, fin=False) + frame(Opcode.CONT, b"x" * 6000), 1009, id="too big in pieces"
        ),
        pytest.param(frame(Opcode.CONT, b"x"), 1002, id="continues nothing"),
        pytest.param(b"\x83\x00", 1002, id="reserved opcode"),
        pytest.param(b"\x81\x81\x00\x00\x00\x00x", 1002, id="masked"),
        pytest.param(frame(Opcode.CLOSE, b"\x03\xe8\xff"), 1007, id="reason not utf-8"),
    ],
)
async def test_ends_a_stream_that_breaks_the_protocol(sent: bytes, code: int) -> None:
    """Both sides are told which rule was broken; nothing that came after it is handed on."""
    told: list[int | None] = []

    async def handler(ws: ServerConnection) -> None:
        ws.transport.write(frame(Opcode.TEXT, b"before") + sent + frame(Opcode.TEXT, b"after"))
        await ws.wait_closed()
        told.append(ws.close_code)

    taken = await notes_of(handler)
    assert [note[:2] for note in taken if note != ("message", b"before")] == [("closed", code)]
    assert told == [code]


async def test_after_the_end_nothing_is_sent() -> None:
    """Sending, closing and dropping a stream that is over do nothing, and say so."""

    async def handler(ws: ServerConnection) -> None:
        await ws.close(1001)

    async with stream_peer(handler) as url:
        stream, notes = await open_noted(url)
        await notes.closed()
        assert not stream.is_open
        assert not stream.send(PING)
        stream.close()
        await stream.wait_closed()
        assert not stream.send(PING)
        stream.close()
        stream.abort()
        assert notes.taken == [("closed", 1001, "")]


async def test_closes_with_the_code_it_is_given() -> None:
    """Kallglot reads our goodbye, and its echo is the end."""
    told: list[int | None] = []

    async def handler(ws: ServerConnection) -> None:
        await ws.wait_closed()
        told.append(ws.close_code)

    async with stream_peer(handler) as url:
        stream, notes = await open_noted(url)
        stream.close(1001)
        assert not stream.send(PING)
        assert await notes.closed() == [("closed", 1001, "")]
        await stream.wait_closed()
    assert told == [1001]


async def test_a_goodbye_that_nobody_answers_is_not_waited_for() -> None:
    """A Kallglot that hangs cannot keep the connection."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await acceptance(reader))
        await reader.read()

    async with raw_peer(handler) as url, asyncio.timeout(PATIENCE_S):
        stream, notes = await open_noted(url)
        stream.close()
        await stream.wait_closed()
        assert notes.taken == [("closed", 1006, "")]


async def test_a_close_is_told_before_the_connection_has_ended() -> None:
    """A Kallglot that says goodbye and keeps the connection ends the stream at once, the connection soon after."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await acceptance(reader) + frame(Opcode.CLOSE, b"\x03\xf3later"))
        await reader.read()

    async with raw_peer(handler) as url, asyncio.timeout(PATIENCE_S):
        stream, notes = await open_noted(url)
        assert await notes.closed() == [("closed", 1011, "later")]
        await stream.wait_closed()
        assert len(notes.taken) == 1


async def test_dropping_ends_it_at_once() -> None:
    """A dropped stream is a lost one to both sides."""

    async def handler(ws: ServerConnection) -> None:
        with pytest.raises(ConnectionClosed):
            await ws.recv()

    async with stream_peer(handler) as url:
        stream, notes = await open_noted(url)
        stream.abort()
        assert not stream.is_open
        await stream.wait_closed()
        assert notes.taken == [("closed", 1006, "")]


async def test_a_wait_that_is_given_up_disturbs_nobody() -> None:
    """Two may wait for the end; one that stops waiting does not end the other's wait."""
    may_end = asyncio.Event()

    async def handler(ws: ServerConnection) -> None:
        await may_end.wait()

    async with stream_peer(handler) as url:
        stream, _ = await open_noted(url)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await stream.wait_closed()
        may_end.set()
        await stream.wait_closed()


async def test_says_when_too_much_waits_to_be_sent() -> None:
    """A Kallglot that stops reading is noticed; when it reads again, that is too."""
    may_read = asyncio.Event()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await acceptance(reader))
        await may_read.wait()
        await reader.read()

    async with raw_peer(handler) as url:
        stream, notes = await open_noted(url)
        await fill(stream, notes)
        assert notes.taken == [("writable", False)]
        may_read.set()
        assert await notes.until(lambda taken: len(taken) == 2) == [("writable", False), ("writable", True)]
        stream.abort()
        await stream.wait_closed()


async def test_after_the_end_it_says_nothing_of_writing() -> None:
    """What still leaves the buffer of a closed stream interests nobody."""
    may_close, all_read = asyncio.Event(), asyncio.Event()
    filled: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await acceptance(reader))
        await may_close.wait()
        writer.write(frame(Opcode.CLOSE, b""))
        await reader.readexactly(await filled)
        all_read.set()

    async with raw_peer(handler) as url, asyncio.timeout(PATIENCE_S):
        stream, notes = await open_noted(url, replace(POLICY, close_timeout_ms=60_000))
        sent = await fill(stream, notes)
        may_close.set()
        await notes.closed()
        filled.set_result(sent)
        await all_read.wait()
        assert notes.taken == [("writable", False), ("closed", 1005, "")]
        stream.abort()
        await stream.wait_closed()


def test_works_on_uvloop() -> None:
    """The event loop that uvicorn brings calls a protocol the same way."""

    async def conversation() -> list[tuple[object, ...]]:
        async def handler(ws: ServerConnection) -> None:
            await ws.send([b"{", b"}"], text=True)
            await ws.send(await ws.recv())
            await ws.close(1001, "deploy")

        async with stream_peer(handler) as url:
            stream, notes = await open_noted(url)
            assert stream.send(PING)
            taken = await notes.closed()
            await stream.wait_closed()
            assert not stream.send(PING)
            return list(taken)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        taken = runner.run(conversation())
    assert taken == [("message", b"{}"), ("message", PING), ("closed", 1001, "deploy")]
