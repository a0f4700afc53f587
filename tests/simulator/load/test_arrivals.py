import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.simulator.load.arrivals import Arrival, Arrivals, arrivals


def test_lines_are_taken_one_by_one_and_each_is_used_again() -> None:
    """Two callers at once: who hangs up is followed by the next; the last stay until the end."""
    planned = arrivals(Arrivals.RAMP, calls=2, ramp_ms=2_000, duration_ms=10_000, hold_ms=4_000, seed=0)
    assert planned == [
        Arrival(0, 0, 4_000),
        Arrival(1, 1_000, 4_000),
        Arrival(2, 4_000, 4_000),
        Arrival(3, 5_000, 4_000),
        Arrival(4, 8_000, 2_000),
        Arrival(5, 9_000, 1_000),
    ]


def test_a_constant_rate_keeps_its_distance_after_the_ramp() -> None:
    """A caller every hold/calls; slower before."""
    planned = arrivals(Arrivals.CONSTANT, calls=10, ramp_ms=10_000, duration_ms=30_000, hold_ms=5_000, seed=0)
    gaps = [after.at_ms - before.at_ms for before, after in itertools.pairwise(planned)]
    assert max(gaps[:3]) > 1_000
    assert {gap for gap, arrival in zip(gaps, planned, strict=False) if arrival.at_ms > 10_000} == {500}


def test_poisson_comes_by_chance_and_again_the_same() -> None:
    """On average as many; gaps longer and shorter."""

    def planned(seed: int) -> list[Arrival]:
        return arrivals(Arrivals.POISSON, calls=50, ramp_ms=0, duration_ms=100_000, hold_ms=5_000, seed=seed)

    assert planned(1) == planned(1) != planned(2)
    assert 800 < len(planned(1)) < 1200


@given(
    st.sampled_from(Arrivals),
    st.integers(1, 50),
    st.integers(0, 20_000),
    st.integers(20_000, 60_000),
    st.integers(1_000, 90_000),
)
def test_every_call_is_within_the_load(
    kind: Arrivals, calls: int, ramp_ms: int, duration_ms: int, hold_ms: int
) -> None:
    """In order, none that would end after it, none too short to be one."""
    planned = arrivals(kind, calls=calls, ramp_ms=ramp_ms, duration_ms=duration_ms, hold_ms=hold_ms, seed=3)
    assert planned == sorted(planned, key=lambda arrival: arrival.at_ms)
    assert all(min(hold_ms, 1_000) <= arrival.hold_ms <= hold_ms for arrival in planned)
    assert all(arrival.at_ms + arrival.hold_ms <= duration_ms for arrival in planned)


@pytest.mark.parametrize("kind", [Arrivals.CONSTANT, Arrivals.POISSON])
def test_so_many_are_there_at_once(kind: Arrivals) -> None:
    """Once the ramp and the first hold are over."""
    planned = arrivals(kind, calls=100, ramp_ms=1_000, duration_ms=60_000, hold_ms=10_000, seed=1)
    there = sum(arrival.at_ms <= 40_000 < arrival.at_ms + arrival.hold_ms for arrival in planned)
    assert there == pytest.approx(100, abs=30)
