"""What is missing is silence, as long as it would have been: frames that were lost, carriers that stall."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audio.formats import PCMU_8K
from gateway.bridge.uplink import Uplink, UplinkPolicy
from gateway.carriers.audio import MediaBody
from gateway.telemetry.counts import CallCounts
from tests.bridge.caller_frames import FRAME_MS, QUIET, Line, frame, frames, speech, spoken

NO_STALLS = UplinkPolicy(stall_ms=10_000)


@pytest.mark.parametrize("in_order", [True, False], ids=["twilio", "telnyx"])
def test_a_lost_frame_is_twenty_ms_of_silence(in_order: bool) -> None:
    """The caller's words keep their distance."""
    line = Line(in_order=in_order)
    line.carry(*frames([1, 2, 3, 4]))
    line.wait(FRAME_MS)
    line.carry(*frames(range(6, 16)))
    line.hang_up()
    assert line.heard == speech(range(1, 5)) + QUIET + speech(range(6, 16))
    assert (line.counts.gap_frames, line.counts.concealed_ms, line.counts.stalls) == (1, 20, 0)


@pytest.mark.parametrize(("size_ms", "missing"), [(10, 5), (20, 10), (30, 15), (60, 30)])
def test_what_is_missing_is_counted_in_time_however_long_the_carriers_frames_are(size_ms: int, missing: int) -> None:
    """Each tenth of a hundred is lost: a call's rating must not be worse for frames of 10 ms, or better for 30."""
    line = Line(policy=NO_STALLS)
    payload = spoken(1)[:8] * size_ms
    line.carry(*[MediaBody(payload, n, n * size_ms) for n in range(1, 101) if n % 10 != 5], every_ms=size_ms)
    assert line.counts.concealed_ms == 10 * size_ms
    assert line.counts.gap_frames == missing


def test_half_a_frame_is_not_overlooked() -> None:
    """The first that is missing counts at once, as a whole one; with the other half it is no more."""
    line = Line(policy=NO_STALLS)
    counted = []
    for n in (1, 2, 3, 5, 7, 9):
        line.carry(MediaBody(spoken(1)[:80], n, 10 * n), every_ms=10)
        counted.append(line.counts.gap_frames)
    assert counted == [0, 0, 0, 1, 1, 2]


@pytest.mark.parametrize("in_order", [True, False], ids=["twilio", "telnyx"])
@pytest.mark.parametrize("lost", [2, 9, 10, 37, 200])
def test_a_burst_of_lost_frames_is_as_much_silence(lost: int, in_order: bool) -> None:
    """Whether or not it was long enough for silence to be put in before the frames went on."""
    line = Line(in_order=in_order)
    line.carry(*frames(range(1, 11)))
    line.wait(lost * FRAME_MS)
    line.carry(*frames(range(11 + lost, 31 + lost)))
    line.hang_up()
    assert line.heard == speech(range(1, 11)) + QUIET * lost + speech(range(11 + lost, 31 + lost))
    assert line.counts.concealed_ms == lost * FRAME_MS


@given(st.lists(st.booleans(), max_size=150), st.booleans())
def test_every_pattern_of_loss_keeps_its_time(arrives: list[bool], in_order: bool) -> None:
    """What comes out is the call as it was said, with silence for each frame that was lost."""
    line = Line(in_order=in_order)
    line.carry(*frames([1, 2, 3]))
    for number, comes in enumerate(arrives, start=4):
        if comes:
            line.carry(frame(number))
        else:
            line.wait(FRAME_MS)
    last = 4 + len(arrives)
    line.carry(frame(last))
    line.hang_up()
    said = [spoken(number) if comes else QUIET for number, comes in enumerate(arrives, start=4)]
    assert line.heard == speech([1, 2, 3]) + b"".join(said) + spoken(last)


def test_silence_is_sent_while_a_carrier_is_quiet() -> None:
    """Kallglot hears that the caller has stopped speaking, and need not wait for the next word to know it."""
    line = Line()
    line.carry(*frames(range(1, 6)))
    line.wait(199)
    assert line.heard == speech(range(1, 6))
    assert line.counts.stalls == 0
    line.wait(1_000)
    assert line.heard == speech(range(1, 6)) + QUIET * 50
    assert line.counts.stalls == 1


def test_a_stall_is_measured_anew_after_each_frame() -> None:
    line = Line()
    line.carry(*frames(range(1, 6)))
    line.wait(480)
    line.carry(*frames([30]))
    line.wait(480)
    line.hang_up()
    assert line.counts.stalls == 2
    assert line.heard.endswith(spoken(30) + QUIET * 19)


@pytest.mark.parametrize("in_order", [True, False], ids=["in order", "out of order"])
def test_a_pause_in_which_a_carrier_sends_nothing_is_not_lost(in_order: bool) -> None:
    """Its numbers go on where its timestamps leap: a caller who only listens must not look like a bad line."""
    line = Line(in_order=in_order)
    line.carry(*frames(range(1, 6)))
    line.wait(980)
    line.carry(*[frame(number, chunk=number - 49) for number in range(55, 60)])
    line.hang_up()
    assert line.heard == speech(range(1, 6)) + QUIET * 49 + speech(range(55, 60))
    assert (line.counts.stalls, line.counts.gap_frames) == (1, 0)


@pytest.mark.parametrize("number", [0, 55], ids=["without numbers", "numbers that leap"])
def test_a_stall_with_a_hole_in_the_numbers_is_a_loss(number: int) -> None:
    """Where it cannot be said that nothing was sent, what is missing counts."""
    line = Line()
    line.carry(*frames(range(1, 6)))
    line.wait(980)
    line.carry(frame(55, chunk=number))
    assert line.counts.gap_frames == 49


def test_a_look_before_its_time_changes_nothing() -> None:
    """Whoever looks in more often than asked gets no more silence for it."""
    line = Line()
    line.carry(*frames(range(1, 6)))
    assert [chunk for ms in range(200) for chunk in line.uplink.tick(line.now_ms + ms)] == []
    line.wait(300)
    assert line.counts.concealed_ms == 280


def test_frames_that_were_held_up_are_all_heard() -> None:
    """A network that brings everything late loses nothing, whatever silence stood in for it meanwhile."""
    line = Line()
    line.carry(*frames(range(1, 6)))
    line.wait(500)
    line.carry(*frames(range(6, 31)), every_ms=0)
    line.hang_up()
    assert line.heard.startswith(speech(range(1, 6)))
    assert line.heard.endswith(speech(range(6, 31)))
    assert line.counts.gap_frames == 0


def test_frames_that_lay_there_do_not_hide_a_stall() -> None:
    """Two frames were not worth waking for; the carrier has been quiet since, and not since they were read."""
    line = Line()
    line.carry(*frames(range(1, 11)))
    quiet_since_ms = line.now_ms + 2 * FRAME_MS
    line.now_ms += 190
    line.chunks += line.uplink.feed(frames([11, 12]), line.now_ms, came_before=True)
    assert line.uplink.next_deadline_ms() == quiet_since_ms + 200


def test_frames_that_wait_for_an_earlier_one_are_no_stall() -> None:
    """A lost frame of Telnyx' costs 20 ms of silence, however short the patience with stalls."""
    line = Line(policy=UplinkPolicy(stall_ms=40), in_order=False)
    line.carry(*frames([1, 2, 3, 4]))
    line.wait(FRAME_MS)
    line.carry(*frames(range(6, 16)))
    line.hang_up()
    assert line.counts.concealed_ms == 20
    assert line.counts.stalls == 0


def test_a_pause_of_the_whole_machine_is_not_all_said_afterwards() -> None:
    """A process that was stopped for an hour sends some silence, not an hour of it."""
    line = Line()
    line.carry(*frames(range(1, 6)))
    line.chunks += line.uplink.tick(line.now_ms + 3_600_000)
    assert len(line.heard) == (100 + 5_000) * 8
    assert line.uplink.next_deadline_ms() == line.now_ms + 3_600_000 + 100


def test_nothing_stands_in_for_a_caller_who_was_never_heard() -> None:
    """There is no audio before the first frame, and nothing to look after."""
    line = Line(in_order=False)
    line.wait(10_000)
    assert line.chunks == []
    assert line.uplink.next_deadline_ms() is None


@pytest.mark.parametrize("in_order", [True, False])
def test_nothing_is_made_up_before_the_first_frame(in_order: bool) -> None:
    """A look may come before the caller does."""
    counts = CallCounts()
    uplink = Uplink(PCMU_8K, UplinkPolicy(), counts, in_order=in_order)
    assert not uplink.tick(60_000)
    assert counts.stalls == 0
