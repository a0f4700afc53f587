"""When a leg wants to be woken: by the timer, or by so many bytes of its socket."""

import json

import pytest

from gateway.audio.formats import PCMU_8K
from gateway.calls import Carrier
from tests.bridge.test_carrier_leg.caller import Caller, media


def test_silence_stands_in_for_a_quiet_carrier() -> None:
    """A look at the right time brings it to whoever listens."""
    caller = Caller()
    caller.leg.media_messages([media(1)])
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
    caller.leg.media_messages([media(1)])
    caller.leg.play(bytes(4_000), PCMU_8K)
    assert caller.leg.next_deadline_ms() == caller.clock.now_ms() + 100


def test_nothing_is_due_before_the_start() -> None:
    caller = Caller(started=False)
    caller.leg.tick(10**9)
    assert caller.leg.next_deadline_ms() is None
    assert list(caller.leg.flush()) == []


def _flowing(carrier: Carrier = Carrier.TWILIO) -> Caller:
    """A leg whose frames have come for a while, the last of a chunk just now."""
    caller = Caller(carrier)
    caller.flows()
    return caller


@pytest.mark.parametrize("carrier", Carrier)
def test_frames_that_flow_are_waited_for_a_chunk_at_a_time(carrier: Carrier) -> None:
    """Nobody is woken for four frames with which nothing can be done."""
    caller = _flowing(carrier)
    assert caller.socket.least_bytes[-1] == 4 * (len(media(55)) + 8) + 1
    chunks = len(caller.ears.chunks)
    caller.clock.advance(100)
    caller.leg.media_messages([media(number) for number in range(56, 61)])
    assert len(caller.ears.chunks) == chunks + 1


def test_frames_that_do_not_come_are_looked_for_before_the_carrier_is_taken_for_stalled() -> None:
    """What lies there is read first: two frames are no stall, and nothing stands in for them."""
    caller = _flowing()
    caller.clock.advance(200)
    caller.leg.tick(caller.clock.now_ms())
    assert caller.socket.least_bytes[-1] == 1
    assert caller.counts.stalls == 0
    caller.leg.media_messages([media(56), media(57)])
    caller.clock.advance(20)
    caller.leg.tick(caller.clock.now_ms())
    assert (caller.counts.stalls, caller.counts.concealed_ms) == (0, 0)


def test_a_loop_that_was_late_is_no_stall_of_the_carrier_s() -> None:
    """Timers that are overdue are called one after the other, and what lies in the kernel is read only then."""
    caller = Caller()
    caller.leg.media_messages([media(1)])
    now_ms = caller.clock.advance(500)
    for _ in range(3):
        caller.leg.tick(now_ms)
    caller.leg.media_messages([media(number) for number in range(2, 27)])
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
    caller.leg.media_messages([media(number) for number in range(56, 61)])
    assert caller.socket.least_bytes[-1] > 1
    caller.leg.tick(caller.clock.now_ms())
    assert json.loads(caller.socket.sent[-1])["event"] == "mark"
    caller.leg.media_messages([media(number) for number in range(61, 66)])
    assert caller.socket.least_bytes[-1] == 1
    caller.leg.media_messages([b'{"event":"mark","mark":{"name":"1-1"}}', media(66)])
    assert caller.socket.least_bytes[-1] > 1
