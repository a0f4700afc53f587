"""What a carrier says: audio by the short path, all else to the brain, nonsense to nobody."""

import pytest

from gateway.audio.formats import AudioFormat, Encoding
from gateway.bridge.events import MediaLost, MediaUnusable
from gateway.bridge.pacing import PacingPolicy
from gateway.bridge.uplink import UplinkPolicy
from gateway.calls import Carrier, Direction
from gateway.carriers.base import MediaStarted, MediaStopped
from gateway.errors import MessageFault, UnsupportedFormatError
from gateway.telemetry.blackbox import EventKind
from gateway.telemetry.counts import DropReason
from tests.bridge.caller_frames import speech, spoken
from tests.bridge.test_carrier_leg.caller import Caller, media
from tests.carriers.wire import read


@pytest.mark.parametrize("carrier", Carrier)
def test_audio_takes_the_short_path(carrier: Carrier) -> None:
    """Frames in, chunks of 100 ms out; no event for any of them."""
    caller = Caller(carrier)
    for number in range(1, 11):
        caller.clock.advance(20)
        caller.leg.media_messages([media(number)])
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


def test_complaints_of_ever_new_kinds_are_counted_together() -> None:
    """Beyond any number that a carrier documents."""
    caller = Caller(Carrier.TELNYX)
    for code in range(1_000):
        caller.leg.media_messages([b'{"event":"error","payload":{"code":%d}}' % code])
    assert len(caller.counts.carrier_faults) == 33
    assert caller.counts.carrier_faults.total() == 1_000


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


def _start_of(encoding: str) -> bytes:
    """Telnyx' `start`, of other audio."""
    return read("telnyx/start.json").replace(b'"PCMU"', f'"{encoding}"'.encode())


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


def test_the_last_words_are_not_lost() -> None:
    """What is not yet a chunk when the caller hangs up."""
    caller = Caller()
    caller.leg.media_messages([media(1)])
    assert [chunk.ulaw for chunk in caller.leg.flush()] == [spoken(1)]


def test_closing_lets_the_carrier_go_on() -> None:
    caller = Caller()
    caller.leg.close(1012)
    assert caller.socket.closed_with == [1012]
