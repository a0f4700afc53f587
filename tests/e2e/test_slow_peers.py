"""Peers that do not read: what waits for them is bounded, and nobody else waits with them.

On uvloop, as `gateway serve` runs: it has its own idea of when a transport is full.
"""

import asyncio
import audioop
import base64
import json
import socket
from pathlib import Path

import httpx
import uvloop
import websockets
from twilio.request_validator import RequestValidator
from websockets.asyncio.client import ClientConnection

from gateway.bridge.relay import Relay
from gateway.calls import Carrier, Direction
from gateway.simulator.call import place_call
from gateway.telemetry.counts import DropReason
from tests.e2e.calls import assert_well, is_settled
from tests.fakes.carriers import arrive, dial
from tests.fakes.sounds import chirps, likeness, wav
from tests.fakes.tap import tapped
from tests.fakes.until import until
from tests.fakes.world import AUTH_TOKEN, World, open_world

SPEECH = chirps(1.5)

SECOND = b"\x55" * 8000
"""Of μ-law."""


def start(call_id: str) -> str:
    body = {
        "streamSid": "MZ1",
        "callSid": call_id,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
    }
    return json.dumps({"event": "start", "sequenceNumber": "1", "start": body, "streamSid": "MZ1"})


def media(number: int, payload: bytes) -> str:
    body = {
        "track": "inbound",
        "chunk": str(number),
        "timestamp": str(number * 20),
        "payload": base64.b64encode(payload).decode(),
    }
    return json.dumps({"event": "media", "sequenceNumber": str(number + 1), "media": body, "streamSid": "MZ1"})


async def dial_narrowly(url: str) -> ClientConnection:
    """A carrier with next to no room for what it has not read."""
    host, port = url.removeprefix("ws://").partition("/")[0].split(":")
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    narrow.setblocking(False)  # noqa: FBT003 - the standard library's signature
    await asyncio.get_running_loop().sock_connect(narrow, (host, int(port)))
    headers = {"X-Twilio-Signature": RequestValidator(AUTH_TOKEN).compute_signature(url, {})}
    return await websockets.connect(url, sock=narrow, additional_headers=headers, compression=None, max_queue=1)


def relay_of(world: World, carrier_call_id: str) -> Relay:
    (relay,) = (r for r in world.gateway.switchboard.live() if r.record.carrier_call_id == carrier_call_id)
    return relay


def unsent_bytes(relay: Relay) -> int:
    """What the transport of its media socket holds."""
    size: int = relay.carrier._socket._transport.underlying_transport.get_write_buffer_size()  # type: ignore[attr-defined]
    return size


async def say(world: World, client: httpx.AsyncClient, relay: Relay, seconds: int) -> None:
    """Have Kallglot say so much at once."""
    assert relay.record.session is not None
    root = world.sandbox.base_url.removesuffix("/v1")
    url = f"{root}/sandbox/sessions/{relay.record.session.session_id}/say"
    for _ in range(seconds):
        answer = await client.post(url, json={"payload": base64.b64encode(SECOND).decode()})
        assert answer.json() == {"sockets": 1}


def test_a_carrier_that_does_not_read_holds_nobody_up(tmp_path: Path) -> None:
    """Kallglot says 90 s at once to a carrier that has stopped reading.

    A minute is kept, the oldest is counted as lost, hardly anything is stuck in the connection, and another call is as
    good as ever. When the carrier reads again it gets the rest.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_carrier_stops_reading(tmp_path))


async def _carrier_stops_reading(folder: Path) -> None:
    async with open_world(folder, sandbox={"counterpart": "echo"}) as world, httpx.AsyncClient() as client:
        carrier_call_id, url = await arrive(client, world, Carrier.TWILIO)
        async with await dial_narrowly(url) as carrier:
            await carrier.send(start(carrier_call_id))
            await until(lambda: len(world.gateway.switchboard) == 1)
            relay = relay_of(world, carrier_call_id)
            await until(lambda: relay.state == "streaming")
            await say(world, client, relay, 90)
            await until(lambda: relay.counts.dropped[Direction.OUT, DropReason.QUEUE_FULL] > 0)
            await until(lambda: not relay.carrier._writable, timeout_s=20)

            placed = await place_call(world.plan(Carrier.TELNYX, speech=wav(SPEECH), hangup_after_s=2.5))
            assert_well(placed)
            assert likeness(SPEECH, audioop.ulaw2lin(placed.received_audio, 2)) > 0.95

            stuck = relay.counts.bytes_out
            assert unsent_bytes(relay) < 20_000
            assert stuck < 100_000
            assert relay.queued_ms() < 61_000

            async def read() -> None:
                async for _ in carrier:
                    pass

            async with asyncio.TaskGroup() as tasks:
                reading = tasks.create_task(read())
                await until(lambda: relay.carrier._writable and relay.counts.bytes_out > stuck + 16_000)
                reading.cancel()
        await until(lambda: len(world.gateway.switchboard) == 0)


def test_a_kallglot_that_does_not_read_gets_the_last_two_seconds(tmp_path: Path) -> None:
    """What the caller said before that is counted as lost: said now, it would delay all that follows."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_kallglot_stops_reading(tmp_path))


async def _kallglot_stops_reading(folder: Path) -> None:
    speech = audioop.lin2ulaw(chirps(20), 2)
    frames = [speech[at : at + 160] for at in range(0, len(speech), 160)]
    async with tapped() as tap:
        sandbox = {"counterpart": "mute", "public_url": f"http://127.0.0.1:{tap.port}"}
        async with open_world(folder, sandbox=sandbox) as world, httpx.AsyncClient() as client:
            tap.target_port = int(world.sandbox.base_url.removesuffix("/v1").rpartition(":")[2])
            carrier_call_id, url = await arrive(client, world, Carrier.TWILIO)
            async with await dial(url) as carrier:
                await carrier.send(start(carrier_call_id))
                await until(lambda: len(world.gateway.switchboard) == 1)
                relay = relay_of(world, carrier_call_id)
                await until(lambda: relay.state == "streaming")
                tap.close()
                for number, frame in enumerate(frames):
                    await carrier.send(media(number, frame))
                await until(lambda: relay.counts.frames_in == len(frames))
                lost = relay.counts.dropped[Direction.IN, DropReason.NOT_READY]
                assert lost > 0
                assert relay.counts.chunks_out * 100 < 8_000

                tap.open()
                (session,) = world.sandbox.state.sessions.values()
                await until(lambda: session.journal.audio("customer").endswith(speech[-15_000:]))
                heard = session.journal.audio("customer")
                assert len(heard) == len(speech) - lost * 160
                assert speech.startswith(heard[:-16_000])
                (received,) = session.journal.received
                assert received.sequences == list(range(1, len(received.sequences) + 1))
                await carrier.send(json.dumps({"event": "stop", "streamSid": "MZ1"}))
            await until(lambda: is_settled(world))
