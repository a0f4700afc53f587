"""A whole call, driven by a carrier, a Kallglot, sockets and a clock that all do as they please."""

import asyncio
import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from gateway.audio.formats import PCMU_8K, AudioFormat, ByteOrder, Encoding
from gateway.bridge.events import CallOver, Ending, Finish, GiveUp, SessionEnded
from gateway.bridge.kallglot_leg import KallglotLeg, Listening
from gateway.bridge.relay import Relay
from gateway.bridge.states import State
from gateway.bridge.surroundings import BridgePolicy, Surroundings
from gateway.bridge.wheel import Wheel
from gateway.calls import Carrier, EndReason
from gateway.carriers.telnyx.media import TelnyxMedia
from gateway.carriers.twilio.media import TwilioMedia
from gateway.errors import KallglotError, KallglotUnavailableError, MessageFault
from gateway.kallglot.stream import KallglotStream
from gateway.store.record import CallRecord, Session
from gateway.telemetry.metrics import Metrics
from tests.bridge.records import live, terms
from tests.fakes.clock import FakeClock
from tests.fakes.sockets import FakeSocket
from tests.fuzz.depth import fuzz
from tests.fuzz.mutations import messages, numbers, samples

METRICS = Metrics(CollectorRegistry(), lambda: ())
READY, ENDED = samples("kallglot/stream/session_ready.json")[0], samples("kallglot/stream/session_ended.json")[0]
L16_24K = AudioFormat(Encoding.L16, 24_000, ByteOrder.LITTLE)
G722 = AudioFormat(Encoding.G722)

_FORMATS: tuple[dict[str, object], ...] = (
    {},
    {"encoding": "alaw"},
    {"encoding": "pcm16", "sample_rate_hz": 24000},
    {"encoding": "l16", "sample_rate": 8000},
    {"encoding": "mulaw", "sample_rate_hz": 44100},
    {"encoding": "opus"},
)


class FakeStream:
    """A Kallglot's end that only remembers."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.is_gone = False

    def send(self, data: bytes) -> bool:
        self.sent.append(data)
        return not self.is_gone

    def close(self, code: int = 1000) -> None:
        self.is_gone = True

    def abort(self) -> None:
        self.is_gone = True


@dataclass(frozen=True)
class Step:
    """Something that happens."""

    kind: str
    value: Any = None


def _media(chunk: int, timestamp: int, payload: bytes, track: str) -> bytes:
    body = {"track": track, "chunk": str(chunk), "timestamp": str(timestamp), "payload": _base64(payload)}
    return json.dumps({"event": "media", "media": body}).encode()


def _says(payload: bytes, declared: dict[str, object]) -> bytes:
    return json.dumps({"type": "audio.output", "audio": {"payload": _base64(payload), **declared}}).encode()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


sounds = st.one_of(
    st.sampled_from([b"", b"\x00", bytes(159), b"\xff" * 160, bytes(161), bytes(480), bytes(9_601), bytes(90_000)]),
    st.binary(max_size=50),
)
counts = st.one_of(st.integers(-3, 400), numbers.filter(lambda number: isinstance(number, int)))
frames = st.builds(_media, counts, counts, sounds, st.sampled_from(["inbound", "inbound", "outbound"]))


def steps(carrier: Carrier) -> st.SearchStrategy[list[Step]]:
    """What may happen to a call, in any order; now and then a run of what usually does."""
    start = samples(f"{carrier}/start.json")[0]
    odd_starts = [
        start.replace(b'"PCMU"', name).replace(b"audio/x-mulaw", b"audio/x-l16")
        for name in (b'"OPUS"', b'"G722"', b'"AMR-WB"')
    ]
    carried = [Step("carrier", _media(number, 20 * number, bytes([number]) * 160, "inbound")) for number in range(1, 8)]
    usual = [Step("open"), Step("kallglot", READY), Step("carrier", start), *carried]
    one = st.one_of(
        st.builds(Step, st.just("carrier"), messages(f"{carrier}/*.json")),
        st.builds(Step, st.just("carrier"), st.sampled_from([start, *odd_starts])),
        st.builds(Step, st.just("carrier"), frames),
        st.builds(Step, st.just("carrier"), frames),
        st.builds(Step, st.just("kallglot"), messages("kallglot/stream/*.json")),
        st.builds(Step, st.just("kallglot"), st.builds(_says, sounds, st.sampled_from(_FORMATS))),
        st.builds(Step, st.just("kallglot"), st.sampled_from([READY, ENDED])),
        st.builds(
            Step,
            st.just("clock"),
            st.sampled_from([0, 1, 19, 20, 60, 100, 250, 1_000, 6_000, 16_000, 90_000, 3_600_000]),
        ),
        st.builds(Step, st.sampled_from(["writable", "stream_writable"]), st.booleans()),
        st.builds(Step, st.sampled_from(["open", "stream_closed", "binary", "pause", "spoke"])),
        st.builds(Step, st.just("unwanted"), st.sampled_from(MessageFault)),
        st.builds(Step, st.sampled_from(["find", "find"]), st.sampled_from(["away", "refused", "over"])),
        st.builds(Step, st.sampled_from(["closed", "claim", "over", "ended"])),
    )
    again = st.tuples(one, st.sampled_from([100, 600])).map(lambda drawn: [drawn[0]] * drawn[1])
    some = st.lists(one, max_size=12)
    beginning = st.sampled_from([[], usual, usual[1:], usual[:2]])
    return st.tuples(beginning, some, st.one_of(st.just([]), st.just([]), st.just([]), again), some).map(
        lambda drawn: [step for part in drawn for step in part]
    )


class Call:
    """A relay between two ends of ours."""

    def __init__(self, carrier: Carrier, outgoing: AudioFormat) -> None:
        self.clock = FakeClock()
        self.wheel = Wheel(self.clock)
        self.socket = FakeSocket()
        self.streams: list[FakeStream] = []
        self.leg: KallglotLeg | None = None
        self._answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        around = Surroundings(self.clock, self.wheel, METRICS, BridgePolicy(), jitter=lambda: 0.0)
        dialect = TwilioMedia() if carrier is Carrier.TWILIO else TelnyxMedia(outgoing, ByteOrder.BIG)
        record = structs.replace(live(), carrier=carrier)
        self.relay = Relay(record, self._find, self.socket, dialect, around, terms(barge_in=True))
        self._does: dict[str, Callable[[Any], None]] = {
            "carrier": lambda message: self.relay.carrier.media_messages([message]),
            "kallglot": self._hear,
            "clock": self._pass,
            "writable": lambda on: self.relay.carrier.media_writable(writable=on),
            "stream_writable": lambda on: self.leg.stream_writable(writable=on) if self.leg else None,
            "open": self._open,
            "stream_closed": lambda _: self._lose(),
            "binary": lambda _: self.leg.stream_binary(1) if self.leg else None,
            "pause": lambda _: self._pause(),
            "spoke": lambda _: self.relay.caller_spoke(),
            "unwanted": self.relay.carrier.media_unwanted,
            "find": self._find_out,
            "closed": lambda _: self.relay.carrier.media_closed(1006),
            "claim": lambda _: self.relay.handle(GiveUp(Ending.TAKEN_OVER, EndReason.MEDIA_LOST)),
            "over": lambda _: self.relay.handle(CallOver()),
            "ended": lambda _: self.relay.handle(SessionEnded(self.relay.queued_ms())),
        }

    async def live_through(self, happenings: Sequence[Step]) -> Finish:
        """All of it, and the loss of the media socket in the end, which is the way out of any state."""
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(self.relay.run())
            await asyncio.sleep(0)
            for step in [*happenings, Step("closed")]:
                sent = sum(len(message) for stream in self.streams for message in stream.sent)
                self._does[step.kind](step.value)
                now_sent = sum(len(message) for stream in self.streams for message in stream.sent)
                assert now_sent - sent <= 1_000_000, "an hour of silence is not said at once"
                await asyncio.sleep(0)
                self._check()
            assert self.relay.state is State.CLOSED
            for _ in range(10):
                await asyncio.sleep(0)
            assert running.done(), "a call that is over must leave"
        # Both ends may go on talking for a while.
        for step in happenings[:5]:
            if step.kind != "open":
                self._does[step.kind](step.value)
        self.wheel.stop()
        return running.result()

    def _check(self) -> None:
        relay, carrier = self.relay, self.relay.carrier
        if relay.state is not State.CLOSED:
            assert relay.due_ms > 0, f"nobody looks after a call that is {relay.state}"
        assert sum(len(payload) for payload, _ in carrier._early) <= 2_000_000
        assert len(relay.counts.carrier_faults) <= 50
        assert len(relay._upstream._backlog) <= 200
        if carrier._downlink is not None:
            assert carrier._downlink._pacer.queued_ms <= 60_000
            assert len(carrier._downlink._pacer._frames) <= 61_000
            assert len(carrier._downlink._playback._outstanding) <= 1_000

    async def _find(self, _record: CallRecord, _fresh: bool) -> Session | None:
        self._answer = asyncio.get_running_loop().create_future()
        match await self._answer:
            case "away":
                raise KallglotUnavailableError("http_503", "away", status=503)
            case "refused":
                raise KallglotError("not_found", "gone", status=404)
            case _:
                return None

    def _find_out(self, answer: str) -> None:
        if not self._answer.done():
            self._answer.set_result(answer)

    def _open(self, _: object) -> None:
        """The attempt that is under way succeeds."""
        if self.relay._stream._leg is not None or self.relay.state is State.CLOSED:
            return
        self.relay._stream.cancel()
        self.leg = KallglotLeg(self.relay, Listening("customer", 20_000, frozenset({"x"})), self.relay.counts, METRICS)
        self.streams.append(FakeStream())
        self.leg.attach(cast("KallglotStream", self.streams[-1]), self.clock.now_ms())
        self.relay._stream._leg = self.leg

    def _hear(self, data: bytes) -> None:
        if self.leg is not None:
            self.leg.stream_message(data)

    def _lose(self) -> None:
        if self.leg is not None:
            self.streams[-1].is_gone = True
            self.leg.stream_closed(1006, "")

    def _pass(self, ms: int) -> None:
        self.clock.advance(ms)
        self.wheel.turn()
        if self.streams and self.streams[-1].is_gone:
            self._lose()

    def _pause(self) -> None:
        self.relay.listen_for_pause()
        self.relay.is_in_pause()

    def sequences(self) -> list[int]:
        """Of the audio that Kallglot was sent, on all streams."""
        sent = [json.loads(message) for stream in self.streams for message in stream.sent]
        return [message["sequence"] for message in sent if message["type"] == "audio.input"]


@pytest.mark.parametrize(
    ("carrier", "outgoing"),
    [(Carrier.TWILIO, PCMU_8K), (Carrier.TELNYX, PCMU_8K), (Carrier.TELNYX, L16_24K), (Carrier.TELNYX, G722)],
    ids=["twilio", "telnyx", "telnyx L16", "telnyx G722"],
)
def test_a_call_survives_or_ends(carrier: Carrier, outgoing: AudioFormat) -> None:
    """Nothing that is said to it is taken for a bug of ours; it is looked after until it is over, and then it leaves.

    What it keeps is bounded, what is sent to the carrier is JSON, and audio for Kallglot is numbered without a gap.
    """
    with asyncio.Runner() as runner:

        async def check(happenings: Sequence[Step]) -> None:
            call = Call(carrier, outgoing)
            with capture_logs() as lines:
                finish = await call.live_through(happenings)
            assert not [line for line in lines if line["event"] == "call_failed"], lines
            assert finish.reason is not EndReason.INTERNAL_ERROR
            assert all(json.loads(message)["event"] in {"media", "mark", "clear"} for message in call.socket.sent)
            assert call.sequences() == list(range(1, len(call.sequences()) + 1))

        @fuzz(38)
        @given(steps(carrier))
        def check_all(happenings: Sequence[Step]) -> None:
            runner.run(check(happenings))

        check_all()
