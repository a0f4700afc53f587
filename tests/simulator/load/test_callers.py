import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from starlette.responses import Response
from websockets.asyncio.server import ServerConnection, serve

from gateway.clock import SystemClock
from gateway.simulator.load.arrivals import Arrival
from gateway.simulator.load.callers import Callers
from gateway.simulator.load.plan import LoadPlan
from gateway.simulator.load.result import Result
from gateway.simulator.load.tally import Count, Tally
from gateway.simulator.load.ticker import Ticker
from gateway.simulator.load.worker import Order, run
from tests.fakes.handshake import acceptance
from tests.kallglot.certificates import certificate
from tests.simulator.fake_gateway import FakeGateway, running

VOICE = "/webhooks/twilio/voice"
STREAM = '<Response><Connect><Stream url="{}"/></Connect><Hangup/></Response>'


def plan_for(gateway: FakeGateway) -> LoadPlan:
    """One call."""
    return LoadPlan(gateway_url=gateway.url, auth_token="secret", calls=1, ramp_s=0, duration_s=1, hold_s=0.2)


async def load(gateway: FakeGateway, stop: asyncio.Event | None = None) -> Result:
    """What comes of it."""
    result, plan = Result("", 1), plan_for(gateway)
    await run(Order(plan, plan.schedule(), time.perf_counter_ns()), result.add, stop or asyncio.Event())
    return result


@asynccontextmanager
async def answering(
    answer: Callable[[asyncio.StreamWriter, bytes], Awaitable[None]],
) -> AsyncIterator[str]:
    """The URL of a socket whose handshake is handed to `answer`, with what would accept it."""

    async def shake_hands(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(writer, await acceptance(reader))
        writer.close()

    async with await asyncio.start_server(shake_hands, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/m"


async def test_a_gateway_that_dies_in_the_handshake_has_refused_the_call() -> None:
    """As Twilio says it, 31920; the generator goes on."""

    async def die(_: asyncio.StreamWriter, __: bytes) -> None:
        pass

    async with answering(die) as url, running({VOICE: [STREAM.format(url)]}) as gateway:
        result = await load(gateway)
    assert result.reasons == {"media socket refused: 31920 (HTTP 0)": 1}
    assert (result.count(Count.CONNECTED), result.count(Count.REFUSED), result.count(Count.LOST)) == (0, 1, 0)


async def test_a_gateway_that_closes_as_soon_as_it_has_accepted_has_lost_the_call() -> None:
    """The close comes with the answer, before anything could be said."""

    async def accept_and_close(writer: asyncio.StreamWriter, accepted: bytes) -> None:
        writer.write(accepted + b"\x88\x02\x03\xe8")
        await writer.drain()

    async with answering(accept_and_close) as url, running({VOICE: [STREAM.format(url)]}) as gateway:
        result = await load(gateway)
    assert (result.count(Count.CONNECTED), result.count(Count.REFUSED), result.count(Count.LOST)) == (1, 0, 1)


async def test_callers_who_are_told_to_hang_up_before_they_are_connected_were_not_refused() -> None:
    """A load that is stopped while the gateway still answers says nothing against it."""
    stop = asyncio.Event()

    class Late(Response):
        """Comes after the load was stopped."""

        async def __call__(self, *to: Any) -> None:
            stop.set()
            await super().__call__(*to)

    async with running({VOICE: [Late(STREAM.format("ws://127.0.0.1:1/m"), media_type="text/xml")]}) as gateway:
        result = await load(gateway, stop)
    assert (result.count(Count.STARTED), result.count(Count.COMPLETED), result.count(Count.REFUSED)) == (1, 1, 0)
    assert not result.reasons


async def test_what_the_carrier_complains_of_is_told() -> None:
    """In its debugger's words, and not only that there is something."""
    async with running({VOICE: ["<Response><Play/><Hangup/></Response>"]}) as gateway:
        result = await load(gateway)
    assert result.count(Count.COMPLAINTS) == 1
    [(kind, count)] = result.complaints.items()
    assert (kind.partition(":")[0], count) == ("document", 1)
    assert "Play" in kind


async def test_certificates_are_loaded_once_for_all_sockets(tmp_path: Path) -> None:
    """For each anew, callers would hold one another up. It takes the given ones to trust this gateway."""
    own = certificate(tmp_path)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(own)
    tally = Tally()
    ticker = Ticker(tally)

    async def listen(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with serve(listen, "127.0.0.1", 0, ssl=theirs) as server, asyncio.TaskGroup() as tasks:
        url = f"wss://127.0.0.1:{server.sockets[0].getsockname()[1]}/m"
        turning = tasks.create_task(ticker.run())
        async with running({VOICE: [STREAM.format(url)]}) as gateway, httpx.AsyncClient(trust_env=False) as http:
            ours = ssl.create_default_context(cafile=own)
            callers = Callers(plan_for(gateway), tally, ticker, http, SystemClock(), hang_up=lambda: False, tls=ours)
            await callers.call(Arrival(0, 0, 200))
        turning.cancel()
    assert tally.counts[Count.COMPLETED] == 1, tally.reasons
