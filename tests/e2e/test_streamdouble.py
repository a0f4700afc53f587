"""An independent Twilio, written by others, calls our gateway: what both simulators believe of the wire is compared.

https://pypi.org/project/streamdouble/
"""

import asyncio
import audioop
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from streamdouble import protocol  # type: ignore[import-untyped]
from streamdouble.session import Session, SessionConfig  # type: ignore[import-untyped]

from gateway.simulator.dialect import Leg
from gateway.simulator.markup import Connect, Stream, parse
from gateway.simulator.twilio.carrier import ACCOUNT_SID, TwilioCarrier, new_call_id
from gateway.simulator.twilio.media import TwilioStream
from tests.e2e.calls import is_settled, only_session
from tests.fakes.sounds import chirps
from tests.fakes.until import until
from tests.fakes.world import AUTH_TOKEN, World, open_world

LEG = Leg(new_call_id(), ACCOUNT_SID, "+14155550100", "+14155551234")
CARRIER = TwilioCarrier(LEG, AUTH_TOKEN)


@asynccontextmanager
async def signing(url: str) -> AsyncIterator[str]:
    """An address that passes on to `url`, and signs the upgrade: streamdouble sends no headers of its own."""
    target = urlsplit(url)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        back, on = await asyncio.open_connection(target.hostname, target.port)
        [(name, value)] = CARRIER.media_headers(url).items()
        on.write(head[:-2] + f"{name}: {value}\r\n\r\n".encode())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(pass_on(reader, on))
            tasks.create_task(pass_on(back, writer))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}{target.path}"


async def asked_for(world: World) -> Stream:
    """The stream that the gateway's document asks for."""
    request = CARRIER.request("POST", f"{world.url}/webhooks/twilio/voice", CARRIER.voice(answered=False), 0)
    async with httpx.AsyncClient(trust_env=False) as http:
        response = await http.post(request.url, headers=request.headers, content=request.body)
    [connect, *_] = parse(response.content, CARRIER.stream_attributes).verbs
    assert isinstance(connect, Connect)
    return connect.stream


async def test_an_independent_twilio_has_no_complaint(tmp_path: Path) -> None:
    """What it says comes back byte by byte, and nothing that the gateway sends violates the protocol."""
    spoken = audioop.lin2ulaw(chirps(1.0), 2)
    frames = [spoken[start : start + 160] for start in range(0, len(spoken) - 159, 160)]
    async with open_world(tmp_path, sandbox={"counterpart": "echo"}) as world:
        stream = await asked_for(world)
        config = SessionConfig(quiet_period_s=0.3, max_drain_s=2, custom_parameters=dict(stream.parameters))
        async with signing(stream.url) as url:
            identity = protocol.StreamIdentity(account_sid=LEG.account_id, call_sid=LEG.call_id)
            result = await Session(url, frames, config=config, identity=identity).run()
            await until(lambda: is_settled(world))
        at_kallglot = only_session(world).journal.audio("customer")

    assert (result.violations, result.warnings, result.closed_early) == ([], [], False)
    assert at_kallglot == b"".join(frames)
    assert len(result.audio_received) > 4000
    assert at_kallglot.startswith(result.audio_received)
    assert result.frames_sent == len(frames)


def test_both_simulators_say_the_same() -> None:
    """From the greeting to the end, message by message, our simulated Twilio and theirs."""
    identity = protocol.StreamIdentity()
    theirs = protocol.MediaStreamEncoder(identity)
    ours = TwilioStream(
        stream_sid=identity.stream_sid,
        call_sid=identity.call_sid,
        account_sid=identity.account_sid,
        parameters={"tenant": "acme"},
    )
    payload = bytes(range(160))
    said = [
        (ours.connected(), theirs.connected()),
        (ours.start(), theirs.start(custom_parameters={"tenant": "acme"})),
        (ours.media(payload, 0), theirs.media(payload)),
        (ours.media(payload, 20), theirs.media(payload)),
        (ours.dtmf("5", 0), theirs.dtmf("5")),
        (ours.mark("m1"), theirs.mark("m1")),
        (ours.stop(), theirs.stop()),
    ]
    for our, their in said:
        assert json.loads(our) == their
