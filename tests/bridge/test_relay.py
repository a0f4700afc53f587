import asyncio

from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from gateway.audio.formats import PCMU_8K
from gateway.bridge.events import Ending
from gateway.bridge.relay import Relay
from gateway.bridge.surroundings import BridgePolicy, Surroundings
from gateway.bridge.wheel import Wheel
from gateway.calls import EndReason
from gateway.carriers.twilio.media import TwilioMedia
from gateway.store.record import CallRecord, Session
from gateway.telemetry.metrics import Metrics
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
    around = Surroundings(clock, Wheel(clock), Metrics(CollectorRegistry(), lambda: ()), BridgePolicy())
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
