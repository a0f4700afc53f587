import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from picows import ws_connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from gateway.audio.formats import PCMU_8K
from gateway.calls import Carrier
from gateway.clock import SystemClock
from gateway.simulator.caller import Caller
from gateway.simulator.dialect import SocketFailure, StreamTerms
from gateway.simulator.fault_specs import parse_fault
from gateway.simulator.listener import Heard
from gateway.simulator.load.probe import Probe
from gateway.simulator.load.talk import LoadTalk
from gateway.simulator.load.tally import Tally
from gateway.simulator.load.ticker import Ticker
from gateway.simulator.plan import CallPlan
from gateway.simulator.report import CallReport, Logbook, StreamTimes
from gateway.simulator.stream import Line
from gateway.simulator.twilio.media import TwilioStream

MEDIA = json.dumps({"event": "media", "streamSid": "MZ1", "media": {"payload": "/w=="}})


@dataclass
class Seen:
    """What the gateway got of a stream."""

    events: list[str] = field(default_factory=list)
    close_code: int | None = None


@dataclass
class Ended:
    """What the carrier says of it."""

    hung_up: bool
    failure: SocketFailure | None
    close_codes: list[int]


async def talk(
    gateway: Callable[[ServerConnection], Awaitable[None]], *faults: str, hold_s: float = 0.2
) -> tuple[Ended, Seen]:
    """One stream of a load; `gateway` does something to it, and then reads to its end."""
    seen, gone = Seen(), asyncio.Event()

    async def answer(connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            await gateway(connection)
            async for message in connection:
                seen.events.append(json.loads(message)["event"])
        await connection.wait_closed()
        seen.close_code = connection.close_code
        gone.set()

    clock, tally = SystemClock(), Tally()
    plan = CallPlan(gateway_url="http://127.0.0.1:9", hangup_after_s=hold_s, faults=tuple(map(parse_fault, faults)))
    report = CallReport(Carrier.TWILIO, "CA1", "PCMU", streams=[StreamTimes(0, 0)])
    log = Logbook(report, None, now_ms=clock.now_ms())
    line = Line(plan, Caller(plan.script(0), now_ms=clock.now_ms()), Heard(), log, clock)
    dialect = TwilioStream(stream_sid="MZ1", call_sid="CA1", account_sid="AC1", parameters={})
    ticker = Ticker(tally)
    stream = LoadTalk(dialect, StreamTerms("", PCMU_8K, PCMU_8K, {}), line, Probe(0, PCMU_8K), tally, ticker)
    async with serve(answer, "127.0.0.1", 0) as server, asyncio.TaskGroup() as tasks:
        port = server.sockets[0].getsockname()[1]
        turning = tasks.create_task(ticker.run())
        await ws_connect(lambda: stream, f"ws://127.0.0.1:{port}/m")
        hung_up = await stream.run()
        await gone.wait()
        turning.cancel()
    return Ended(hung_up, stream.failure(), report.close_codes), seen


async def nothing(_: ServerConnection) -> None:
    """Read, that is all."""


async def test_a_caller_who_hangs_up_closes_as_the_protocol_has_it() -> None:
    """With `stop` and 1000: a code that RFC 6455 forbids would be the gateway's protocol error."""
    ended, seen = await talk(nothing)
    assert ended == Ended(hung_up=True, failure=None, close_codes=[1000])
    assert (seen.events[:2], seen.events[-1], seen.close_code) == (["connected", "start"], "stop", 1000)


@pytest.mark.parametrize(("code", "answered"), [(1000, 1000), (1002, 1002), (1005, 1000), (4000, 4000)])
async def test_a_gateway_may_close_with_any_code(code: int, answered: int) -> None:
    """Or with none, which is 1005."""

    async def close(connection: ServerConnection) -> None:
        connection.protocol.send_close(None if code == 1005 else code)
        connection.transport.write(b"".join(connection.protocol.data_to_send()))

    ended, seen = await talk(close, hold_s=60)
    assert ended == Ended(hung_up=False, failure=None, close_codes=[code])
    assert seen.close_code == answered


@pytest.mark.parametrize(
    ("frames", "failure"),
    [
        (b"\x81\x02\xff\xfe", SocketFailure.PROTOCOL),
        (b"\x81\x81aaaab", SocketFailure.PROTOCOL),
        (b"\x88\x02\x03\xed", SocketFailure.PROTOCOL),
        (b"", SocketFailure.LOST),
    ],
    ids=["not UTF-8", "masked", "a close code that is never sent", "cut"],
)
async def test_a_broken_socket_is_told_apart_from_a_broken_protocol(frames: bytes, failure: SocketFailure) -> None:
    """Twilio has a code for each, 31903 and 31924."""

    async def break_it(connection: ServerConnection) -> None:
        await connection.recv()
        connection.transport.write(frames)
        if not frames:
            connection.transport.abort()

    ended, _ = await talk(break_it, hold_s=60)
    assert (ended.hung_up, ended.failure) == (False, failure)


async def test_a_slow_reader_who_hangs_up_reads_to_the_end() -> None:
    """The gateway's close is seen, however much waits before it: a line is not taken for longer than its caller."""

    async def flood(connection: ServerConnection) -> None:
        for _ in range(5):
            await connection.send(MEDIA)

    ended, seen = await talk(flood, "slow_read:ms=60000")
    assert ended == Ended(hung_up=True, failure=None, close_codes=[1000])
    assert seen.events[-1] == "stop"


async def test_a_caller_who_hangs_up_on_a_dead_connection_is_not_heard_of() -> None:
    """No `stop` and no close: it died without a word."""
    ended, seen = await talk(nothing, "half_open:at=100,ms=60000")
    assert ended.hung_up
    assert "stop" not in seen.events
    assert seen.close_code == 1006
