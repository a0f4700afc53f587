"""What Kallglot says, on its way to the caller."""

import json

import pytest

from gateway.audio.formats import PCMU_8K, AudioFormat, ByteOrder, Encoding
from gateway.bridge.events import TimePassed
from gateway.calls import Direction
from gateway.errors import MessageFault
from gateway.telemetry.counts import DropReason
from tests.bridge.caller_frames import speech, spoken
from tests.bridge.test_carrier_leg.caller import Caller

L16_24K = AudioFormat(Encoding.L16, 24_000, ByteOrder.LITTLE)


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
