import asyncio
import base64
import json

from structlog.testing import capture_logs

from gateway.audio.formats import PCMU_8K
from gateway.bridge.events import Ending, SessionReady, StreamLost
from gateway.bridge.relay import Relay
from gateway.bridge.surroundings import BridgePolicy
from gateway.calls import EndReason
from gateway.carriers.twilio.media import TwilioMedia
from gateway.store.record import CallRecord, Session
from tests.bridge.around import surroundings
from tests.bridge.records import live, terms
from tests.carriers.wire import read
from tests.fakes.clock import FakeClock
from tests.fakes.sockets import FakeSocket


async def _nowhere(_record: CallRecord, _fresh: bool) -> Session | None:
    await asyncio.Event().wait()
    return None


async def test_a_bug_in_the_last_words_keeps_no_call() -> None:
    """It leaves with its reason, and whoever called, a socket or the timer of all calls, is not disturbed."""
    clock = FakeClock()
    around = surroundings(clock)
    relay = Relay(live(), _nowhere, FakeSocket(), TwilioMedia(), around, terms())
    running = asyncio.ensure_future(relay.run())  # noqa: TID251 - awaited below
    await asyncio.sleep(0)
    relay.carrier.media_messages([read("twilio/start.json")])
    relay.carrier.play(b"\xff" * 160, PCMU_8K)
    assert relay.carrier._uplink is not None
    relay.carrier._uplink._chunker = None  # type: ignore[assignment]  # a bug that lasts
    with capture_logs() as lines:
        relay.carrier.media_messages([read("twilio/media.json")])
        finish = await running
    assert (finish.ending, finish.reason) == (Ending.FAILURE, EndReason.INTERNAL_ERROR)
    assert [line["event"] for line in lines] == ["call_failed"] * 2
    around.wheel.stop()


async def test_the_hold_clip_has_no_holes() -> None:
    """Kallglot is away for two seconds: what the caller hears goes on from one piece to the next."""
    clock, socket, clip = FakeClock(), FakeSocket(), bytes(range(1, 251)) * 40
    around = surroundings(clock, BridgePolicy(hold_clip=clip))
    relay = Relay(live(), _nowhere, socket, TwilioMedia(), around, terms())
    running = asyncio.ensure_future(relay.run())  # noqa: TID251 - awaited below
    await asyncio.sleep(0)
    relay.carrier.media_messages([read("twilio/start.json")])
    relay.handle(SessionReady())
    relay._stream.cancel()
    relay.handle(StreamLost("gone"))
    played_until_ms = began_ms = clock.now_ms() + 30
    for _ in range(70):
        now_ms = clock.advance(30)  # as the wheel does it: a look of 20 ms is up to 10 ms late
        relay.tick(now_ms)
        for message in socket.sent:
            assert now_ms <= played_until_ms
            played_until_ms += len(_audio(message)) // 8
        heard = b"".join(map(_audio, socket.sent))
        socket.sent.clear()
        assert heard in clip * 2
    assert played_until_ms - began_ms >= 2_000
    relay.carrier.close(1000)
    relay.failed(RuntimeError())
    await running
    around.wheel.stop()


def _audio(message: bytes) -> bytes:
    """What is to be played; nothing where it is a mark."""
    return base64.b64decode(json.loads(message).get("media", {}).get("payload", ""))
