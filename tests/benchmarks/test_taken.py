import pytest

from tests.benchmarks.cpu import choose_cores
from tests.benchmarks.taken import Taken, gaps, watch


async def test_the_relays_core_is_watched() -> None:
    """What was taken at once is part of all that was."""
    taken = await watch(choose_cores(), 0.2)

    assert 0 <= taken.longest_ms <= 200 * taken.share + 0.001


def test_it_is_noted_how_long_a_process_did_not_run() -> None:
    """A turn of the loop takes next to nothing."""
    clock = iter([5.0, 5.0001, 5.0002, 5.0302, 5.0303, 5.9, 6.1])

    assert gaps(1.0, lambda: next(clock)) == pytest.approx([0.03, 0.8697, 0.2])


def test_a_machine_that_takes_much_makes_delays_doubtful() -> None:
    assert Taken(0.036, 28.6).doubts == ["the machine took the relay's core away for 3.6% of the time, 29 ms at once"]
    assert Taken(0.002, 2.9).doubts == []
