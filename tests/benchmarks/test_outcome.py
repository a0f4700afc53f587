import pytest

from tests.benchmarks.outcome import Verdict, columns, slope


@pytest.mark.parametrize(
    ("figure", "at_least", "holds"),
    [(20.0, False, True), (20.1, False, False), (20.0, True, True), (19.9, True, False)],
)
def test_a_bound_holds_where_it_is_just_met(figure: float, at_least: bool, holds: bool) -> None:
    verdict = Verdict("webhook", figure, 20, "ms", at_least=at_least)
    assert verdict.holds is holds
    assert verdict.line().startswith("holds " if holds else "does not hold ")


def test_a_verdict_says_limit_figure_bound_and_what_to_know() -> None:
    verdict = Verdict("calls per core", 812.3, 1000, "calls", at_least=True, note="held 800")
    assert verdict.line() == "does not hold  calls per core: 812.3 calls, at least 1,000; held 800"


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert columns(("relay", "calls"), [("plain", "7"), ("gateway", "1000")]) == (
        "relay    calls\nplain        7\ngateway   1000"
    )


def test_a_slope_is_that_of_the_line_through_the_points() -> None:
    """160 KiB a call, and what there is without any does not matter."""
    assert slope([(0, 70_000), (100, 86_000), (200, 102_000)]) == pytest.approx(160)
    assert slope([(5, 1), (5, 3)]) == 0
