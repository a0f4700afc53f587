import base64
import json
from pathlib import Path

import pytest

from gateway.audio.formats import PCMU_8K, AudioFormat, ByteOrder, Encoding
from gateway.bridge.carrier_leg import CarrierLeg
from gateway.bridge.events import MediaLost, MediaUnusable, TimePassed
from gateway.bridge.pacing import PacingPolicy
from gateway.bridge.uplink import UplinkPolicy
from gateway.calls import Carrier, Direction
from gateway.carriers.base import MediaStarted, MediaStopped
from gateway.carriers.telnyx.media import TelnyxMedia
from gateway.carriers.twilio.media import TwilioMedia
from gateway.errors import MessageFault, UnsupportedFormatError
from gateway.telemetry.blackbox import BlackBox, EventKind, decode
from gateway.telemetry.counts import CallCounts, DropReason
from tests.bridge.around import monitor
from tests.bridge.caller_frames import speech, spoken
from tests.bridge.far_end import Ears
from tests.fakes.clock import FakeClock
from tests.fakes.sockets import FakeSocket

DATA = Path(__file__).parent.parent / "data"
L16_24K = AudioFormat(Encoding.L16, 24_000, ByteOrder.LITTLE)


def _message(carrier: Carrier, name: str) -> bytes:
    return (DATA / carrier / f"{name}.json").read_bytes()


def _media(number: int, payload: bytes | None = None) -> bytes:
    """A frame as both carriers write it."""
    body = {
        "track": "inbound",
        "chunk": str(number),
        "timestamp": str(number * 20),
        "payload": base64.b64encode(spoken(number) if payload is None else payload).decode(),
    }
    return json.dumps({"event": "media", "media": body}).encode()


def _start_of(encoding: str) -> bytes:
    """Telnyx' `start`, of other audio."""
    return _message(Carrier.TELNYX, "start").replace(b'"PCMU"', f'"{encoding}"'.encode())


class Caller:
    """A leg, its socket, and whom it tells."""

    def __init__(self, carrier: Carrier = Carrier.TWILIO, *, started: bool = True, stall_ms: int = 200) -> None:
        self.carrier, self.stall_ms = carrier, stall_ms
        self.socket, self.ears, self.counts, self.clock = FakeSocket(), Ears(), CallCounts(), FakeClock()
        dialect = TwilioMedia() if carrier is Carrier.TWILIO else TelnyxMedia(PCMU_8K, ByteOrder.BIG)
        self.box = BlackBox(self.clock.unix_ms())
        followed = monitor(self.clock, self.counts, self.box)
        self.leg = CarrierLeg(self.socket, dialect, self.ears, self.counts, self.clock, followed)
        if started:
            self.begins()

    def begins(self) -> None:
        """The carrier says `start`, and the call is told to begin."""
        self.says("start")
        [started] = [event for event in self.ears.events if isinstance(event, MediaStarted)]
        self.leg.start(started.format, UplinkPolicy(stall_ms=self.stall_ms), PacingPolicy(), epoch=1)

    def flows(self) -> None:
        """Frames come for a while, the last of a chunk just now."""
        for number in range(1, 56):
            self.clock.advance(20)
            self.leg.media_messages([_media(number)])

    def says(self, *names: str) -> None:
        for name in names:
            self.leg.media_messages([_message(self.carrier, name)])

    @property
    def noted(self) -> list[tuple[EventKind, str]]:
        """What the black box was told."""
        return [(event.kind, event.detail) for event in decode(self.box.encode()).events]

    @property
    def heard(self) -> bytes:
        """What was sent to be played."""
        sent = [json.loads(message) for message in self.socket.sent]
        return b"".join(base64.b64decode(m["media"]["payload"]) for m in sent if m["event"] == "media")


@pytest.mark.parametrize("carrier", Carrier)
def test_audio_takes_the_short_path(carrier: Carrier) -> None:
    """Frames in, chunks of 100 ms out; no event for any of them."""
    caller = Caller(carrier)
    for number in range(1, 11):
        caller.clock.advance(20)
        caller.leg.media_messages([_media(number)])
    assert [chunk.ulaw for chunk in caller.ears.chunks] == [speech(range(1, 6)), speech(range(6, 11))]
    assert len(caller.ears.events) == 1


@pytest.mark.parametrize("carrier", Carrier)
def test_start_and_stop_go_to_the_brain(carrier: Carrier) -> None:
    """A greeting before them says nothing."""
    caller = Caller(carrier, started=False)
    caller.says("connected", "start", "stop")
    assert [type(event) for event in caller.ears.events] == [MediaStarted, MediaStopped]


def test_audio_before_the_start_is_counted() -> None:
    """Nobody has said yet what it is."""
    caller = Caller(started=False)
    caller.says("media", "mark")
    assert caller.counts.dropped == {(Direction.IN, DropReason.BEFORE_START): 1}
    assert caller.ears.events == []


@pytest.mark.parametrize("carrier", Carrier)
def test_keys_are_counted_and_not_told(carrier: Carrier) -> None:
    caller = Caller(carrier)
    caller.says("dtmf", "dtmf")
    assert caller.counts.digits == 2
    assert caller.noted == [(EventKind.DIGIT, "")] * 2
    assert len(caller.ears.events) == 1


def test_a_carrier_s_complaint_is_counted_by_its_code() -> None:
    caller = Caller(Carrier.TELNYX)
    caller.says("error")
    assert caller.counts.carrier_faults == {"100003": 1}
    assert caller.noted == [(EventKind.CARRIER_FAULT, "100003")]


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (b"<html>", MessageFault.NOT_JSON),
        (b"[]", MessageFault.NOT_A_MESSAGE),
        (b'{"event":"moved"}', MessageFault.UNKNOWN_TYPE),
        (b'{"event":"media","media":{"payload":"%"}}', MessageFault.BAD_BASE64),
    ],
)
def test_a_broken_message_is_counted_and_ends_nothing(message: bytes, fault: MessageFault) -> None:
    caller = Caller()
    caller.leg.media_messages([message])
    caller.says("stop")
    assert caller.counts.dropped == {(Direction.IN, fault): 1}
    assert caller.ears.events[-1] == MediaStopped()


@pytest.mark.parametrize("fault", [MessageFault.BINARY, MessageFault.TOO_LARGE])
def test_what_is_no_text_message_is_counted(fault: MessageFault) -> None:
    caller = Caller()
    caller.leg.media_unwanted(fault)
    assert caller.counts.dropped == {(Direction.IN, fault): 1}


def test_a_bug_of_ours_ends_this_call_and_no_other() -> None:
    """The loop that called us goes on."""
    caller = Caller()
    caller.ears.is_broken = True
    caller.says("stop")
    assert [type(exc) for exc in caller.ears.failures] == [ZeroDivisionError]


def test_a_socket_that_is_gone_is_told_with_its_code() -> None:
    caller = Caller()
    caller.leg.media_closed(1006)
    assert caller.ears.events[-1] == MediaLost(1006)


def test_audio_that_cannot_be_decoded_is_refused() -> None:
    caller = Caller(Carrier.TELNYX, started=False)
    with pytest.raises(UnsupportedFormatError):
        caller.leg.start(AudioFormat(Encoding.AMR_WB, 16_000), UplinkPolicy(), PacingPolicy(), epoch=1)


def test_a_start_of_audio_beyond_us_is_told_at_once() -> None:
    """A codec that nobody here knows by name: the caller is not left in silence until the start is overdue."""
    caller = Caller(Carrier.TELNYX, started=False)
    caller.leg.media_messages([_start_of("EVS")])
    [event] = caller.ears.events
    assert isinstance(event, MediaUnusable)
    assert "'EVS'" in event.detail


def test_a_second_start_of_audio_beyond_us_ends_nothing() -> None:
    """The audio goes on as it was declared first."""
    caller = Caller(Carrier.TELNYX)
    caller.leg.media_messages([_start_of("EVS")])
    assert [type(event) for event in caller.ears.events] == [MediaStarted]
    assert caller.counts.dropped == {(Direction.IN, MessageFault.NOT_A_MESSAGE): 1}


def test_what_kallglot_says_is_played() -> None:
    """At once as much as the carrier keeps, the rest in its time, a mark behind it."""
    caller = Caller()
    caller.leg.play(bytes(8_000), PCMU_8K)
    assert len(caller.heard) == 3_200
    assert caller.leg.is_playing()
    assert caller.leg.queued_ms() == 1_000
    while caller.leg.is_playing():
        caller.leg.tick(caller.clock.advance(20))
    assert len(caller.heard) == 8_000
    assert json.loads(caller.socket.sent[-1])["mark"] == {"name": "1-1"}


def test_a_mark_that_comes_back_tells_what_was_heard() -> None:
    caller = Caller()
    caller.leg.play(bytes(800), PCMU_8K)
    caller.leg.tick(caller.clock.advance(200))
    caller.leg.media_messages([b'{"event":"mark","mark":{"name":"1-1"}}'])
    assert caller.counts.heard_ms == 100


def test_what_kallglot_says_too_early_is_played_first() -> None:
    """The session may speak before the carrier's `start`; nothing of it is lost."""
    caller = Caller(started=False)
    caller.leg.play(spoken(1), PCMU_8K)
    assert (caller.heard, caller.leg.is_playing(), caller.leg.queued_ms()) == (b"", False, 0)
    caller.begins()
    caller.leg.play(spoken(2), PCMU_8K)
    assert caller.heard == speech([1, 2])


def test_one_broken_message_too_early_does_not_take_the_others_with_it() -> None:
    caller = Caller(started=False)
    for payload, source in ((b"odd", L16_24K), (spoken(2), PCMU_8K)):
        caller.leg.play(payload, source)
    caller.begins()
    assert caller.heard == spoken(2)
    assert caller.counts.dropped == {(Direction.OUT, MessageFault.ODD_LENGTH): 1}


def test_a_caller_who_cuts_in_hears_nothing_more() -> None:
    caller = Caller()
    caller.leg.play(bytes(8_000), PCMU_8K)
    sent = len(caller.socket.sent)
    assert caller.leg.interrupt()
    [clear] = caller.socket.sent[sent:]
    assert json.loads(clear)["event"] == "clear"
    assert not caller.leg.is_playing()


@pytest.mark.parametrize("started", [True, False])
def test_a_caller_who_speaks_into_silence_interrupts_nothing(started: bool) -> None:
    caller = Caller(started=started)
    assert not caller.leg.interrupt()
    assert caller.socket.sent == []


def test_a_carrier_that_does_not_read_is_sent_nothing() -> None:
    """The audio waits here, where it is bounded, and goes out when the carrier reads again."""
    caller = Caller()
    caller.leg.media_writable(writable=False)
    caller.leg.play(bytes(800), PCMU_8K)
    caller.leg.tick(caller.clock.advance(20))
    assert caller.socket.sent == []
    assert caller.leg.next_deadline_ms() is None
    caller.leg.media_writable(writable=True)
    assert len(caller.heard) == 800
    assert caller.ears.events[-1] == TimePassed()


def test_silence_stands_in_for_a_quiet_carrier() -> None:
    """A look at the right time brings it to whoever listens."""
    caller = Caller()
    caller.leg.media_messages([_media(1)])
    due_ms = caller.leg.next_deadline_ms()
    assert due_ms == caller.clock.now_ms() + 200
    caller.leg.tick(due_ms)
    assert caller.ears.chunks == []
    answered_ms = caller.leg.next_deadline_ms()
    assert answered_ms == due_ms + 10
    caller.leg.tick(answered_ms)
    assert [chunk.duration_ms for chunk in caller.ears.chunks] == [100, 100]


def test_the_nearer_deadline_counts() -> None:
    """Of what is heard and what is said."""
    caller = Caller()
    caller.leg.media_messages([_media(1)])
    caller.leg.play(bytes(4_000), PCMU_8K)
    assert caller.leg.next_deadline_ms() == caller.clock.now_ms() + 100


def test_nothing_is_due_before_the_start() -> None:
    caller = Caller(started=False)
    caller.leg.tick(10**9)
    assert caller.leg.next_deadline_ms() is None
    assert list(caller.leg.flush()) == []


def test_the_last_words_are_not_lost() -> None:
    """What is not yet a chunk when the caller hangs up."""
    caller = Caller()
    caller.leg.media_messages([_media(1)])
    assert [chunk.ulaw for chunk in caller.leg.flush()] == [spoken(1)]


def test_closing_lets_the_carrier_go_on() -> None:
    caller = Caller()
    caller.leg.close(1012)
    assert caller.socket.closed_with == [1012]


def test_what_kallglot_says_before_the_start_is_bounded() -> None:
    """A carrier that never starts does not fill the memory; the latest is kept."""
    caller = Caller(started=False)
    for _ in range(20):
        caller.leg.play(b"\x10" * 100_000, PCMU_8K)
    caller.leg.play(b"\x20" * 800, PCMU_8K)
    assert caller.counts.dropped == {(Direction.OUT, DropReason.QUEUE_FULL): 10}
    caller.begins()
    while (due_ms := caller.leg.next_deadline_ms()) is not None:
        caller.leg.tick(due_ms)
        caller.clock.advance(due_ms - caller.clock.now_ms())
    assert caller.heard.endswith(b"\x20" * 800)


def test_complaints_of_ever_new_kinds_are_counted_together() -> None:
    """Beyond any number that a carrier documents."""
    caller = Caller(Carrier.TELNYX)
    for code in range(1_000):
        caller.leg.media_messages([b'{"event":"error","payload":{"code":%d}}' % code])
    assert len(caller.counts.carrier_faults) == 33
    assert caller.counts.carrier_faults.total() == 1_000


def _flowing(carrier: Carrier = Carrier.TWILIO) -> Caller:
    """A leg whose frames have come for a while, the last of a chunk just now."""
    caller = Caller(carrier)
    caller.flows()
    return caller


@pytest.mark.parametrize("carrier", Carrier)
def test_frames_that_flow_are_waited_for_a_chunk_at_a_time(carrier: Carrier) -> None:
    """Nobody is woken for four frames with which nothing can be done."""
    caller = _flowing(carrier)
    assert caller.socket.least_bytes[-1] == 4 * (len(_media(55)) + 8) + 1
    chunks = len(caller.ears.chunks)
    caller.clock.advance(100)
    caller.leg.media_messages([_media(number) for number in range(56, 61)])
    assert len(caller.ears.chunks) == chunks + 1


def test_frames_that_do_not_come_are_looked_for_before_the_carrier_is_taken_for_stalled() -> None:
    """What lies there is read first: two frames are no stall, and nothing stands in for them."""
    caller = _flowing()
    caller.clock.advance(200)
    caller.leg.tick(caller.clock.now_ms())
    assert caller.socket.least_bytes[-1] == 1
    assert caller.counts.stalls == 0
    caller.leg.media_messages([_media(56), _media(57)])
    caller.clock.advance(20)
    caller.leg.tick(caller.clock.now_ms())
    assert (caller.counts.stalls, caller.counts.concealed_ms) == (0, 0)


def test_a_loop_that_was_late_is_no_stall_of_the_carrier_s() -> None:
    """Timers that are overdue are called one after the other, and what lies in the kernel is read only then."""
    caller = Caller()
    caller.leg.media_messages([_media(1)])
    now_ms = caller.clock.advance(500)
    for _ in range(3):
        caller.leg.tick(now_ms)
    caller.leg.media_messages([_media(number) for number in range(2, 27)])
    assert (caller.counts.stalls, caller.counts.concealed_ms) == (0, 0)


def test_a_carrier_that_has_stalled_is_found_out_by_the_next_look() -> None:
    caller = _flowing()
    caller.clock.advance(200)
    caller.leg.tick(caller.clock.now_ms())
    caller.clock.advance(10)
    caller.leg.tick(caller.clock.now_ms())
    assert caller.counts.stalls == 1


def test_a_hang_up_does_not_wait_for_a_stall() -> None:
    """The carrier's `stop` is too short to wake anybody while a chunk is waited for; a stall may be seconds."""
    caller = Caller(stall_ms=2_000)
    caller.flows()
    caller.clock.advance(200)
    assert caller.leg.next_deadline_ms() == caller.clock.now_ms()
    caller.leg.tick(caller.clock.now_ms())
    assert caller.socket.least_bytes[-1] == 1
    assert caller.counts.stalls == 0


def test_a_look_of_long_ago_does_not_make_a_stall() -> None:
    """What has come since lies unread where the loop stood still."""
    caller = Caller(stall_ms=2_000)
    caller.flows()
    for ms in (200, 1_800):
        caller.clock.advance(ms)
        caller.leg.tick(caller.clock.now_ms())
    assert caller.counts.stalls == 0
    caller.clock.advance(10)
    caller.leg.tick(caller.clock.now_ms())
    assert caller.counts.stalls == 1


def test_frames_are_read_as_they_come_while_a_mark_is_out() -> None:
    """It says what the caller has heard, and when."""
    caller = _flowing()
    caller.leg.play(b"\x7f" * 800, PCMU_8K)
    caller.clock.advance(200)
    caller.leg.media_messages([_media(number) for number in range(56, 61)])
    assert caller.socket.least_bytes[-1] > 1
    caller.leg.tick(caller.clock.now_ms())
    assert json.loads(caller.socket.sent[-1])["event"] == "mark"
    caller.leg.media_messages([_media(number) for number in range(61, 66)])
    assert caller.socket.least_bytes[-1] == 1
    caller.leg.media_messages([b'{"event":"mark","mark":{"name":"1-1"}}', _media(66)])
    assert caller.socket.least_bytes[-1] > 1
