"""The media socket over real connections: what a broken carrier can do, and what picows is relied upon for."""

import asyncio
import base64
import json
import socket as sockets
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from gateway.bridge.relay import Relay
from gateway.calls import Carrier, Direction
from gateway.errors import MessageFault
from gateway.telemetry.counts import DropReason
from tests.fakes.carriers import arrive, dial, media_url, post, voice_form
from tests.fakes.until import until
from tests.fakes.world import World, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, sandbox={"counterpart": "echo"}, media={"start_timeout_s": 0.3}) as opened:
        yield opened


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as opened:
        yield opened


def start(call_id: str) -> str:
    body = {
        "accountSid": "AC0",
        "streamSid": "MZ1",
        "callSid": call_id,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {},
    }
    return json.dumps({"event": "start", "sequenceNumber": "1", "start": body, "streamSid": "MZ1"})


def media(number: int, payload: bytes = b"\x7f" * 160) -> str:
    body = {
        "track": "inbound",
        "chunk": str(number),
        "timestamp": str(number * 20),
        "payload": base64.b64encode(payload).decode(),
    }
    return json.dumps({"event": "media", "sequenceNumber": str(number + 1), "media": body, "streamSid": "MZ1"})


def only_relay(world: World) -> Relay:
    (relay,) = world.gateway.switchboard.live()
    return relay


async def test_a_silent_socket_is_closed(world: World, client: httpx.AsyncClient) -> None:
    """A carrier that opens the socket and then says nothing is sent on with its document."""
    _, url = await arrive(client, world, Carrier.TWILIO)
    socket = await dial(url)
    with pytest.raises(ConnectionClosed) as closed:
        await asyncio.wait_for(socket.recv(), 5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        pytest.param("not json", MessageFault.NOT_JSON, id="not-json"),
        pytest.param("[]", MessageFault.NOT_A_MESSAGE, id="not-an-object"),
        pytest.param('{"event":"surprise"}', MessageFault.UNKNOWN_TYPE, id="unknown-event"),
        pytest.param('{"event":"media","media":{"payload":"!!!"}}', MessageFault.BAD_BASE64, id="not-base64"),
        pytest.param(b"\x00\x01", MessageFault.BINARY, id="binary"),
    ],
)
async def test_a_broken_message_ends_nothing(
    world: World, client: httpx.AsyncClient, message: str | bytes, reason: MessageFault
) -> None:
    """It is counted by its reason, and the audio after it arrives."""
    call_id, url = await arrive(client, world, Carrier.TWILIO)
    async with await dial(url) as socket:
        await socket.send(start(call_id))
        await socket.send(message)
        await socket.send(media(1))
        await until(lambda: only_relay(world).counts.frames_in == 1)
        assert only_relay(world).counts.dropped == {(Direction.IN, reason): 1}


async def test_audio_before_start_is_counted(world: World, client: httpx.AsyncClient) -> None:
    call_id, url = await arrive(client, world, Carrier.TWILIO)
    async with await dial(url) as socket:
        await socket.send(media(1))
        await socket.send(start(call_id))
        await until(lambda: only_relay(world).state == "streaming")
        assert only_relay(world).counts.dropped == {(Direction.IN, DropReason.BEFORE_START): 1}


async def test_a_fragmented_message_is_joined(world: World, client: httpx.AsyncClient) -> None:
    call_id, url = await arrive(client, world, Carrier.TWILIO)
    async with await dial(url) as socket:
        whole = start(call_id)
        await socket.send([whole[:20], whole[20:50], whole[50:]])
        await until(lambda: only_relay(world).state == "streaming")


async def test_a_message_beyond_every_limit_ends_the_socket_and_not_the_call(
    world: World, client: httpx.AsyncClient
) -> None:
    """Ten megabytes: the socket is closed with 1009, and the carrier is let back into the same session."""
    call_id, url = await arrive(client, world, Carrier.TWILIO)
    async with await dial(url) as socket:
        await socket.send(start(call_id))
        await until(lambda: only_relay(world).state == "streaming")
        relay = only_relay(world)
        with pytest.raises(ConnectionClosed):
            await _send_and_wait(socket, "x" * 10_000_000)
    await until(lambda: len(world.gateway.switchboard) == 0)
    assert relay.counts.dropped[Direction.IN, MessageFault.TOO_LARGE] == 1

    answer = await post(client, world, Carrier.TWILIO, f"/continue/{relay.record.call_id}", voice_form(call_id))
    async with await dial(media_url(answer.text)) as again:
        await again.send(start(call_id))
        await until(lambda: only_relay(world).state == "streaming")
    assert len(world.sandbox.state.sessions) == 1


async def test_fragments_beyond_every_limit_are_skipped(world: World, client: httpx.AsyncClient) -> None:
    """The message is lost; the one after it is not."""
    call_id, url = await arrive(client, world, Carrier.TWILIO)
    async with await dial(url) as socket:
        await socket.send(start(call_id))
        await socket.send(["x" * 100_000] * 5)
        await socket.send(media(1))
        await until(lambda: only_relay(world).counts.frames_in == 1)
        assert only_relay(world).counts.dropped == {(Direction.IN, MessageFault.TOO_LARGE): 1}


async def test_a_message_in_countless_pieces_costs_no_other_call_its_audio(
    world: World, client: httpx.AsyncClient
) -> None:
    """Sixty thousand empty fragments, 360 kB: work of a moment, and not of half a minute on everybody's loop."""
    call_id, url = await arrive(client, world, Carrier.TWILIO)
    async with await dial(url) as socket:
        await socket.send(start(call_id))
        await until(lambda: only_relay(world).state == "streaming")
        pieces = [
            Frame(Opcode.TEXT, b"", fin=False).serialize(mask=True),
            Frame(Opcode.CONT, b"", fin=False).serialize(mask=True) * 60_000,
            Frame(Opcode.CONT, media(1).encode(), fin=True).serialize(mask=True),
        ]
        socket.transport.write(b"".join(pieces))
        await until(lambda: only_relay(world).counts.frames_in == 1)


async def test_an_unknown_codec_is_apologised_for(world: World, client: httpx.AsyncClient) -> None:
    """Telnyx says it sends what nobody can decode: the caller hears `on_failure`."""
    call_id, url = await arrive(client, world, Carrier.TELNYX)
    async with await dial(url) as socket:
        body = {"call_control_id": call_id, "media_format": {"encoding": "AMR-WB", "sample_rate": 16000, "channels": 1}}
        await socket.send(json.dumps({"event": "start", "sequence_number": "1", "stream_id": "s", "start": body}))
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(socket.recv(), 5)
    relay_id = url.rpartition("/")[2].partition(".")[0]
    answer = await post(client, world, Carrier.TELNYX, f"/continue/{relay_id}", voice_form(call_id))
    assert "Please try again later." in answer.text


async def test_a_callers_digits_are_counted_and_not_kept(world: World, client: httpx.AsyncClient) -> None:
    call_id, url = await arrive(client, world, Carrier.TWILIO)
    async with await dial(url) as socket:
        await socket.send(start(call_id))
        await socket.send('{"event":"dtmf","streamSid":"MZ1","dtmf":{"track":"inbound_track","digit":"7"}}')
        await until(lambda: only_relay(world).counts.digits == 1)


async def _send_and_wait(socket: ClientConnection, message: str) -> None:
    await socket.send(message)
    await asyncio.wait_for(socket.recv(), 5)


async def test_pings_are_answered(world: World, client: httpx.AsyncClient) -> None:
    _, url = await arrive(client, world, Carrier.TWILIO)
    async with await dial(url) as socket:
        await asyncio.wait_for(await socket.ping(), 5)


class Tap(asyncio.Protocol):
    """Reads a connection in its protocol's place; keeps what comes."""

    def __init__(self) -> None:
        self.received = bytearray()

    def data_received(self, data: bytes) -> None:
        self.received += data


async def test_of_pings_that_nobody_waits_for_the_latest_is_answered(world: World, client: httpx.AsyncClient) -> None:
    """Who pings and pings and reads nothing cannot fill the memory with answers; once read, the last one is there."""
    call_id, url = await arrive(client, world, Carrier.TWILIO)
    async with await dial(url) as socket:
        await socket.send(start(call_id))
        await until(lambda: only_relay(world).state == "streaming")
        socket.transport.pause_reading()
        # Of answers in the kernel no more than a few.
        connection = socket.transport.get_extra_info("socket")
        connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        pings = [Frame(Opcode.PING, b"%05d" % number + b"x" * 100).serialize(mask=True) for number in range(20_000)]
        socket.transport.write(b"".join(pings) + Frame(Opcode.TEXT, media(1).encode()).serialize(mask=True))
        await until(lambda: only_relay(world).counts.frames_in == 1)

        tap = Tap()
        protocol = socket.transport.get_protocol()
        socket.transport.set_protocol(tap)
        connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 1 << 20)
        socket.transport.resume_reading()
        try:
            await until(lambda: b"19999x" in tap.received)
        finally:
            socket.transport.set_protocol(protocol)
        assert tap.received.count(b"x" * 100) < 10_000


async def _flowing(socket: ClientConnection, world: World, call_id: str) -> Relay:
    """A call whose frames are waited for a chunk at a time: the last read was of the last frame of a chunk."""
    await socket.send(start(call_id))
    await until(lambda: only_relay(world).state == "streaming")
    relay = only_relay(world)
    for number in range(1, 56):
        await socket.send(media(number))
        await until(partial(_has_heard, relay, number))
    return relay


def _has_heard(relay: Relay, frames: int) -> bool:
    return relay.counts.frames_in == frames


async def test_frames_that_complete_no_chunk_are_found_all_the_same(world: World, client: httpx.AsyncClient) -> None:
    """A carrier may fall silent at any frame: nothing lies in the kernel for longer than a stall takes to be seen."""
    call_id, url = await arrive(client, world, Carrier.TWILIO)
    async with await dial(url) as socket:
        relay = await _flowing(socket, world, call_id)
        await socket.send(media(56))
        await socket.send(media(57))
        await until(lambda: relay.counts.frames_in == 57)


async def test_a_chunk_is_heard_with_its_last_frame(world: World, client: httpx.AsyncClient) -> None:
    """Before it would have been looked for."""
    call_id, url = await arrive(client, world, Carrier.TWILIO)
    async with await dial(url) as socket:
        relay = await _flowing(socket, world, call_id)
        for number in range(56, 61):
            await socket.send(media(number))
        await until(lambda: relay.counts.frames_in == 60)
        assert relay.counts.stalls == 0
        assert relay.counts.concealed_ms == 0


async def test_a_carrier_s_last_words_are_heard(world: World, client: httpx.AsyncClient) -> None:
    """However few they are, its goodbye comes with them."""
    call_id, url = await arrive(client, world, Carrier.TWILIO)
    async with await dial(url) as socket:
        relay = await _flowing(socket, world, call_id)
        await socket.send(media(56))
        await socket.send(json.dumps({"event": "stop", "sequenceNumber": "58", "stop": {}, "streamSid": "MZ1"}))
    await until(lambda: not world.gateway.switchboard.live())
    assert relay.counts.frames_in == 56
