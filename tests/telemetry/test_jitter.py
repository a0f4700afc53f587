import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.telemetry.jitter import Jitter


def by_the_book(frames: list[tuple[int, int]]) -> float:
    """RFC 3550 §6.4.1 in plain arithmetic: J(i) = J(i-1) + (|D(i-1,i)| - J(i-1)) / 16, in milliseconds."""
    jitter = 0.0
    for (stamp, came), (next_stamp, next_came) in pairwise(frames):
        jitter += (abs((next_came - came) - (next_stamp - stamp)) - jitter) / 16
    return jitter


def fed(frames: list[tuple[int, int]], units_per_ms: int = 1) -> Jitter:
    jitter = Jitter()
    for stamp, came in frames:
        jitter.arrived(stamp * units_per_ms, came, units_per_ms)
    return jitter


def test_frames_on_time_have_none() -> None:
    """However long the way is."""
    assert fed([(20 * n, 20 * n + 70) for n in range(100)]).ms == 0


def test_a_pause_of_the_caller_is_no_jitter() -> None:
    """The timestamps leap as far as the clock does."""
    assert fed([(0, 100), (20, 120), (1020, 1120), (1040, 1140)]).ms == 0


def test_frames_that_come_in_pairs_are_uneven() -> None:
    """Each is 20 ms off from the one before: that is what the figure settles at, less what integers round away."""
    assert fed([(20 * n, 40 * (n // 2)) for n in range(400)]).ms == pytest.approx(20, abs=0.6)


@pytest.mark.parametrize("units_per_ms", [1, 8, 16, 48])
def test_the_unit_of_the_timestamps_does_not_matter(units_per_ms: int) -> None:
    """Twilio counts milliseconds, RTP counts samples."""
    dice = random.Random(7)  # noqa: S311 - the same every time
    frames = [(20 * n, 20 * n + dice.randint(0, 30)) for n in range(500)]
    assert fed(frames, units_per_ms).ms == pytest.approx(by_the_book(frames), abs=0.6)


@given(st.lists(st.integers(0, 200), min_size=2, max_size=200))
def test_it_follows_the_book(delays_ms: list[int]) -> None:
    """The integer form is never more than its rounding away from the definition."""
    frames = [(20 * n, 20 * n + delay_ms) for n, delay_ms in enumerate(delays_ms)]
    assert fed(frames).ms == pytest.approx(by_the_book(frames), abs=0.6)


def test_an_unknown_unit_counts_nothing() -> None:
    """Until somebody has learnt what the timestamps count."""
    jitter = Jitter()
    assert jitter.ms == 0
    for n in range(10):
        jitter.arrived(160 * n, 33 * n, 0)
    assert jitter.ms == 0
    jitter.arrived(1600, 200, 8)
    jitter.arrived(1760, 236, 8)
    assert jitter.ms == 1


def test_a_clock_that_was_set_is_no_jitter() -> None:
    """One leap of an hour would stand in the figure for minutes."""
    assert fed([(0, 0), (20, 20), (3_600_040, 40), (3_600_060, 60)]).ms == 0


def test_a_burst_is_seen_after_it_is_over() -> None:
    """Ten frames that were held back 200 ms a second ago: the jitter is low again, and its highest is told once."""
    jitter = fed([(20 * n, 400 if 10 <= n < 20 else 20 * n) for n in range(80)])
    assert jitter.ms < 2
    assert jitter.take_highest_ms() > 10
    assert jitter.take_highest_ms() < 2
    assert Jitter().take_highest_ms() == 0


def test_the_highest_is_that_of_the_unit_which_is_known() -> None:
    """What timestamps were guessed to count before says nothing."""
    jitter = fed([(20 * n, 40 * (n // 2)) for n in range(40)])
    jitter.arrived(800, 800, 8)
    assert jitter.take_highest_ms() == 0
