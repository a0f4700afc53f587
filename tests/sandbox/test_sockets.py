import asyncio
import socket as sockets
import time
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.client import connect
from websockets.frames import Frame, Opcode

from tests.sandbox.clients import Desk, desk, receive, stream, until
from tests.sandbox.wire import audio_input


@pytest.fixture
async def it() -> AsyncIterator[Desk]:
    async with desk(counterpart="mute") as opened:
        yield opened


async def test_a_message_in_fragments_is_one_message(it: Desk) -> None:
    """Text is heard, a binary one is refused like any other."""
    session = await it.create()
    async with stream(session) as socket:
        await socket.send(['{"type":', '"ping"', "}"])
        assert (await receive(socket))["type"] == "pong"
        await socket.send([b"a", b"b"])
        assert "binary" in (await receive(socket))["error"]["message"]


async def test_a_message_in_countless_fragments_is_one_message_at_once(it: Desk) -> None:
    """Who sends sixty thousand empty ones keeps nobody else's stream waiting for half a minute."""
    session = await it.create()
    async with stream(session) as socket:
        began_s = time.process_time()
        first = Frame(Opcode.TEXT, b"", fin=False).serialize(mask=True)
        between = Frame(Opcode.CONT, b"", fin=False).serialize(mask=True)
        last = Frame(Opcode.CONT, b'{"type":"ping"}').serialize(mask=True)
        socket.transport.write(first + between * 60_000 + last)
        assert (await receive(socket))["type"] == "pong"
        assert time.process_time() - began_s < 5


async def test_fragments_beyond_a_mebibyte_close_the_stream(it: Desk) -> None:
    """As one message that long would."""
    session = await it.create()
    async with stream(session) as socket:
        await socket.send(["x" * 700_000, "x" * 700_000])
        await socket.wait_closed()
        assert socket.close_code == 1009


async def test_a_client_that_closes_is_answered_in_kind(it: Desk) -> None:
    """With its own close code; the session waits for it to come back."""
    session = await it.create()
    async with stream(session) as socket:
        await socket.close(4000, "bye")
        assert (socket.close_code, socket.protocol.close_rcvd is not None) == (4000, True)
    await until(lambda: it.sandbox.state.sessions[session["id"]].times.left_ms)


async def test_a_client_that_reads_too_slowly_is_cut_off(it: Desk) -> None:
    """The sandbox's memory has an end; the client sees a lost connection."""
    session = await it.create()
    raw = sockets.socket()
    # Before it connects: what the kernel takes for a client that reads nothing counts for read.
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 64 * 1024)
    raw.connect(("127.0.0.1", int(it.sandbox.base_url.split(":")[2].split("/")[0])))
    raw.setblocking(False)  # noqa: FBT003 - the way of sockets
    url = f"{session['stream']['url']}?token={session['stream']['token']}"
    async with connect(url, sock=raw, max_queue=1) as socket:
        await receive(socket)
        socket.transport.pause_reading()
        payload = "A" * 1_000_000
        answer = 200
        async with asyncio.timeout(30):
            while answer == 200:
                said = await it.tool("POST", f"/sandbox/sessions/{session['id']}/say", json={"payload": payload})
                answer = said.status_code
        socket.transport.abort()

    assert answer == 409


async def test_a_client_that_hangs_up_while_it_is_spoken_to_harms_nobody() -> None:
    """What was under way is dropped; the session takes the next socket."""
    async with desk(counterpart="echo") as it:
        session = await it.create()
        for _ in range(3):
            async with stream(session) as socket:
                for number in range(200):
                    await socket.send(audio_input(b"\xff" * 800, number))
                socket.transport.abort()
        async with stream(session):
            assert (await it.report(session["id"]))["status"] == "active"
