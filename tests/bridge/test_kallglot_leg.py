from collections import Counter

import pytest
from prometheus_client import CollectorRegistry

from gateway.audio.formats import PCMU_8K
from gateway.bridge.events import SessionEnded, SessionFailed, SessionReady, StreamLost
from gateway.bridge.kallglot_leg import KallglotLeg, Listening
from gateway.calls import Direction, EndReason
from gateway.errors import MessageFault
from gateway.kallglot.messages import PING, SESSION_END
from gateway.kallglot.stream import StreamPolicy, open_stream
from gateway.telemetry.counts import CallCounts, StreamMessage
from gateway.telemetry.metrics import Metrics
from tests.bridge.far_end import Ears, FarEnd, far_end
from tests.fakes.until import until
from tests.kallglot.samples import sample

READY = sample("stream/session_ready.json")
PONG = sample("stream/pong.json")
LISTENING = Listening("customer", ping_ms=20_000, tolerated=frozenset({"tolerable"}))


class Listener:
    """A leg, whom it tells, and what it counts."""

    def __init__(self) -> None:
        self.ears = Ears()
        self.counts = CallCounts()
        self.registry = CollectorRegistry()
        self.leg = KallglotLeg(self.ears, LISTENING, self.counts, Metrics(self.registry, lambda: ()))

    def hears(self, *messages: bytes) -> "Listener":
        for message in messages:
            self.leg.stream_message(message)
        return self

    def messages(self, kind: str) -> int:
        totals = Counter[StreamMessage]()
        self.counts.add_messages(totals)
        return totals[StreamMessage(kind)]

    def open_streams(self) -> float | None:
        return self.registry.get_sample_value("gateway_open_websockets", {"side": "kallglot"})

    async def connect(self, there: FarEnd, now_ms: int = 0) -> None:
        self.leg.attach(await open_stream(there.url, "kst_test_1", self.leg, StreamPolicy()), now_ms)
        await until(lambda: bool(there.streams))


def test_audio_goes_on_as_it_declares_itself() -> None:
    """The documents' own `audio.output`, which declares nothing: μ-law."""
    listener = Listener().hears(sample("stream/audio_output.json"))
    [(payload, source)] = listener.ears.heard
    assert payload
    assert source == PCMU_8K
    assert listener.messages("audio.output") == 1


def test_kallglot_s_end_of_the_session_is_no_loss() -> None:
    """With what the caller has yet to hear."""
    listener = Listener()
    listener.ears.unheard_ms = 1_500
    listener.hears(sample("stream/session_ended.json"))
    assert listener.ears.events == [SessionEnded(1_500)]


def test_an_error_ends_the_call() -> None:
    """Under Kallglot's own code."""
    listener = Listener().hears(b'{"type":"session.error","error":{"code":"agent_not_found","message":"gone"}}')
    assert listener.ears.events == [SessionFailed(EndReason.SESSION_ERROR, "agent_not_found")]
    assert listener.registry.get_sample_value("gateway_kallglot_errors_total", {"code": "agent_not_found"}) == 1


def test_an_error_that_the_operator_tolerates_ends_nothing() -> None:
    """It is counted; a code that nobody knows is counted as other."""
    listener = Listener().hears(b'{"type":"session.error","error":{"code":"tolerable"}}')
    assert listener.ears.events == []
    assert listener.registry.get_sample_value("gateway_kallglot_errors_total", {"code": "other"}) == 1


@pytest.mark.parametrize("kind", ["partial", "final"])
def test_a_caller_who_is_understood_may_be_interrupting(kind: str) -> None:
    """What other speakers say interrupts nobody."""
    said = b'{"type":"transcript.%b","speaker":"%b","text":"hello"}'
    listener = Listener().hears(said % (kind.encode(), b"customer"), said % (kind.encode(), b"agent"))
    assert listener.ears.spoke == 1
    assert listener.messages(f"transcript.{kind}") == 2


@pytest.mark.parametrize(
    ("message", "kind"), [(PONG, "pong"), (b'{"type":"session.moved"}', "unknown"), (b"{}", "unknown")]
)
def test_what_asks_for_nothing_is_counted(message: bytes, kind: str) -> None:
    """Messages of types to come among it."""
    listener = Listener().hears(message)
    assert listener.ears.events == []
    assert listener.messages(kind) == 1


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (b"<html>", MessageFault.NOT_JSON),
        (b'{"type":"audio.output"}', MessageFault.NOT_A_MESSAGE),
        (b'{"type":"audio.output","audio":{"payload":"%%%"}}', MessageFault.BAD_BASE64),
        (b'{"type":"audio.output","audio":{"payload":"AAAA","encoding":"mp3"}}', MessageFault.NOT_A_MESSAGE),
    ],
    ids=["not JSON", "no audio", "bad base64", "no encoding of telephony's"],
)
def test_a_broken_message_is_counted_and_ends_nothing(message: bytes, fault: MessageFault) -> None:
    listener = Listener().hears(message, READY)
    assert listener.counts.dropped == {(Direction.OUT, fault): 1}
    assert listener.ears.events == [SessionReady()]


def test_a_binary_message_is_counted() -> None:
    listener = Listener()
    listener.leg.stream_binary(100)
    assert listener.messages("binary") == 1


def test_a_bug_of_ours_ends_this_call_and_no_other() -> None:
    """The loop that called us goes on."""
    listener = Listener()
    listener.ears.is_broken = True
    listener.hears(READY)
    assert [type(exc) for exc in listener.ears.failures] == [ZeroDivisionError]


async def test_kallglot_takes_audio_when_it_says_so() -> None:
    listener = Listener()
    async with far_end() as there:
        await listener.connect(there)
        assert not listener.leg.takes_audio
        await there.say(READY)
        await until(lambda: listener.leg.takes_audio)
        assert listener.ears.events == [SessionReady()]
        listener.leg.send([b'{"a":1}', b'{"b":2}'])
        await there.heard(b'{"a":1}', b'{"b":2}')
        listener.leg.close(end_session=False)
        assert not listener.leg.takes_audio


@pytest.mark.parametrize(("end_session", "last"), [(True, [SESSION_END]), (False, [])])
async def test_a_stream_is_left_with_or_without_ending_the_session(end_session: bool, last: list[bytes]) -> None:
    """A caller who may come back has a session to come back to. Our own close is no loss."""
    listener = Listener()
    async with far_end() as there:
        await listener.connect(there)
        assert listener.open_streams() == 1
        listener.leg.close(end_session=end_session)
        listener.leg.close(end_session=True)
        assert listener.open_streams() == 0
        listener.leg.send([b"{}"])
        await until(lambda: there.ended == 1)
        await there.heard(*last)
    assert listener.ears.events == []
    assert listener.leg.next_deadline_ms() is None


async def test_a_stream_that_kallglot_closes_is_lost_once() -> None:
    listener = Listener()
    async with far_end() as there:
        await listener.connect(there)
        await there.streams[0].close(1012, "restarting")
        await until(lambda: bool(listener.ears.events))
    listener.leg.stream_closed(1006, "")
    assert listener.ears.events == [StreamLost("closed with 1012 restarting")]
    assert listener.open_streams() == 0


async def test_a_stream_is_pinged_every_twenty_seconds() -> None:
    """And looked at no more often than that."""
    listener = Listener()
    async with far_end() as there:
        await listener.connect(there, now_ms=1_000)
        assert listener.leg.next_deadline_ms() == 21_000
        listener.leg.tick(20_999)
        listener.leg.tick(21_000)
        assert listener.leg.next_deadline_ms() == 41_000
        await there.heard(PING)
        listener.leg.close(end_session=False)


async def test_a_stream_that_answers_no_ping_is_dropped() -> None:
    """Two may go unanswered; the third look finds it dead, whatever TCP believes."""
    listener = Listener()
    async with far_end() as there:
        await listener.connect(there)
        for now_ms in range(20_000, 100_000, 20_000):
            listener.leg.tick(now_ms)
            assert listener.leg.next_deadline_ms() == now_ms + 20_000
        assert listener.ears.events == []
        await until(lambda: bool(listener.ears.events))
    assert listener.ears.events == [StreamLost("closed with 1006")]


async def test_any_word_proves_that_a_stream_lives() -> None:
    """Not only `pong`: a Kallglot that speaks is there."""
    listener = Listener()
    async with far_end() as there:
        await listener.connect(there)
        for now_ms in range(20_000, 400_000, 20_000):
            listener.leg.tick(now_ms)
            listener.hears(PONG)
        assert listener.leg.next_deadline_ms() == 400_000
        listener.leg.close(end_session=False)


async def test_a_stream_that_does_not_keep_up_takes_no_audio() -> None:
    listener = Listener()
    async with far_end() as there:
        await listener.connect(there)
        listener.hears(READY)
        assert listener.leg.takes_audio
        listener.leg.stream_writable(writable=False)
        assert not listener.leg.takes_audio
        listener.leg.stream_writable(writable=True)
        assert listener.leg.takes_audio
        assert listener.ears.writable == [False, True]


def test_nothing_is_kept_alive_before_it_is_open() -> None:
    listener = Listener()
    listener.leg.tick(10**9)
    assert listener.leg.next_deadline_ms() is None
