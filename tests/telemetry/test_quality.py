import pytest

from gateway.calls import Direction
from gateway.telemetry.counts import CallCounts, DropReason
from gateway.telemetry.quality import Quality, of_caller, of_kallglot


def heard(counts: CallCounts, bursts: int = 0, jitter_ms: float = 0, delay_ms: int = 0) -> Quality:
    """Of a call whose carrier sends 20 ms at a time, and whose gaps are filled."""
    heard_ms = 20 * (counts.frames_in + counts.gap_frames)
    return of_caller(counts, heard_ms=heard_ms, bursts=bursts, jitter_ms=jitter_ms, delay_ms=delay_ms)


def test_a_good_call_is_as_good_as_the_codec() -> None:
    """G.711's best: 4.41."""
    quality = heard(CallCounts(frames_in=5_000))
    assert (quality.direction, quality.loss_percent, quality.r_factor) == (Direction.IN, 0, 93.2)
    assert quality.mos == pytest.approx(4.41, abs=0.01)


def test_a_call_without_audio_has_no_quality() -> None:
    """Neither good nor bad: a panel leaves it out."""
    for quality in (heard(CallCounts()), of_kallglot(CallCounts(), said_ms=0, delay_ms=0)):
        assert (quality.loss_percent, quality.r_factor, quality.mos) == (0, None, None)


def test_lost_frames_count_against_those_that_should_have_come() -> None:
    """One in a hundred is missing."""
    quality = heard(CallCounts(frames_in=990, gap_frames=10), bursts=10)
    assert (quality.frames, quality.lost) == (1_000, 10)
    assert quality.loss_percent == 1
    assert quality.burst_ratio == 1
    assert quality.r_factor == pytest.approx(93.2 - 95 / 5.3)


def test_what_is_lost_is_measured_in_time_not_in_messages() -> None:
    """A carrier that sends 60 ms at a time and loses one message in a hundred loses a hundredth."""
    counts = CallCounts(frames_in=99, odd_frames=99, gap_frames=3)
    quality = of_caller(counts, heard_ms=6_000, bursts=1, jitter_ms=0, delay_ms=0)
    assert quality.loss_percent == 1


@pytest.mark.parametrize("heard_ms", [0, 60])
def test_no_more_is_lost_than_there_should_have_been(heard_ms: int) -> None:
    """A gap is counted before the chunk is complete that it lies in."""
    quality = of_caller(CallCounts(gap_frames=4), heard_ms=heard_ms, bursts=1, jitter_ms=0, delay_ms=0)
    assert quality.lost == quality.frames == heard_ms // 20


def test_a_hole_is_worse_than_scattered_frames() -> None:
    """The same ten frames, in one run: what a listener misses is a word."""
    counts = CallCounts(frames_in=990, gap_frames=10)
    hole, scattered = heard(counts, bursts=1), heard(counts, bursts=10)
    assert hole.burst_ratio == pytest.approx(9.9)
    assert hole.r_factor is not None
    assert scattered.r_factor is not None
    assert hole.r_factor < scattered.r_factor - 3


def test_losses_of_which_no_run_was_seen_are_one_run() -> None:
    """Those that were counted before anybody looked."""
    assert heard(CallCounts(frames_in=96, gap_frames=4)).burst_ratio == pytest.approx(4 * 0.96)


def test_jitter_costs_the_delay_of_its_buffer() -> None:
    """150 ms of way are not noticed, with 80 ms of jitter on top the conversation suffers."""
    counts = CallCounts(frames_in=1_000)
    near, uneven, far = (
        heard(counts, delay_ms=150),
        heard(counts, jitter_ms=80, delay_ms=150),
        heard(counts, delay_ms=310),
    )
    assert near.r_factor == pytest.approx(93.2, abs=0.5)
    assert uneven.r_factor == far.r_factor
    assert uneven.jitter_ms == 80


def test_every_figure_of_the_caller_is_passed_on() -> None:
    """The console shows them beside the score."""
    counts = CallCounts(frames_in=10, reordered=1, duplicates=2, late=3, stalls=4, concealed_ms=500)
    quality = heard(counts)
    figures = (quality.reordered, quality.duplicates, quality.late, quality.stalls, quality.concealed_ms)
    assert figures == (1, 2, 3, 4, 500)


def test_what_ran_dry_or_found_no_room_was_not_heard_by_the_caller() -> None:
    """An underrun is one frame, the least it can be; a piece that was thrown away is five."""
    counts = CallCounts(underruns=2)
    counts.dropped[Direction.OUT, DropReason.QUEUE_FULL] = 2
    counts.dropped[Direction.OUT, DropReason.CLEARED] = 50
    quality = of_kallglot(counts, said_ms=20 * 988, delay_ms=20)
    assert (quality.direction, quality.frames, quality.lost, quality.bursts) == (Direction.OUT, 1_000, 12, 4)
    assert (quality.underruns, quality.delay_ms) == (2, 20)
