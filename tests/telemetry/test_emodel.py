import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.telemetry import emodel


@pytest.mark.parametrize(("r", "expected"), [(93.2, 4.41), (80, 4.02), (70, 3.60), (60, 3.10), (50, 2.58)])
def test_known_points(r: float, expected: float) -> None:
    """G.107 Annex B's table of R against MOS."""
    assert emodel.mos(r) == pytest.approx(expected, abs=0.006)


@pytest.mark.parametrize(("r", "expected"), [(-5, 1), (0, 1), (3, 1), (100, 4.5), (120, 4.5)])
def test_the_scale_has_ends(r: float, expected: float) -> None:
    """Also where the polynomial leaves it."""
    assert emodel.mos(r) == expected


def test_a_line_without_fault_is_the_default() -> None:
    """G.107's default values give 93.2."""
    assert emodel.r_factor(0) == 93.2


@pytest.mark.parametrize(
    ("delay_ms", "idd"),
    [(0, 0), (100, 0), (150, 0.16), (200, 3.04), (300, 14.76), (400, 24.07), (800, 40.83)],
)
def test_delay_is_heard_beyond_a_tenth_of_a_second(delay_ms: int, idd: float) -> None:
    """Slowly at first, then conversations fall apart: G.107 §7.4, worked out by hand."""
    assert emodel.delay_impairment(delay_ms) == pytest.approx(idd, abs=0.01)


@pytest.mark.parametrize(
    ("loss", "burst", "expected"),
    [
        (1, 1, 95 / 5.3),
        (1, 4, 95 / 4.55),
        (5, 2, 475 / 6.8),
    ],
    ids=["single", "bursts", "heavy"],
)
def test_loss_takes_off_what_the_formula_says(loss: float, burst: float, expected: float) -> None:
    """Ie,eff of G.107 §7.5 with G.113's figures for G.711."""
    assert emodel.loss_impairment(loss, burst) == pytest.approx(expected)
    assert emodel.r_factor(loss, burst_ratio=burst) == pytest.approx(93.2 - expected)


@pytest.mark.parametrize(("loss", "most"), [(1.9, 8), (2.0, 2)])
def test_bursts_count_as_far_as_the_model_knows_them(loss: float, most: float) -> None:
    """Its table limits BurstR to 8, and to 2 from 2 % of loss on."""
    assert emodel.loss_impairment(loss, 50) == emodel.loss_impairment(loss, most)
    assert emodel.loss_impairment(loss, most) > emodel.loss_impairment(loss, most - 0.5)
    assert emodel.loss_impairment(loss, 0.2) == emodel.loss_impairment(loss, 1)


@given(st.floats(0, 100), st.floats(0, 100), st.floats(1, 10), st.floats(0, 5000))
def test_more_loss_is_never_better(loss: float, more: float, burst: float, delay_ms: float) -> None:
    """And no line is better than one without fault, or worse than nothing."""
    low, high = sorted((loss, more))
    if (low < 2) == (high < 2):
        worse = emodel.r_factor(high, burst_ratio=burst, delay_ms=delay_ms)
        assert 0 <= worse <= emodel.r_factor(low, burst_ratio=burst, delay_ms=delay_ms) <= 93.2
        assert 1 <= emodel.mos(worse) <= 4.42
