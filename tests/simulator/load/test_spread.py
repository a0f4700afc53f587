import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.simulator.load.spread import Spread


def test_quantiles_of_a_hundred() -> None:
    """Within a hundredth."""
    spread = Spread()
    for value in range(1, 101):
        spread.add(value)
    assert spread.quantile(0.5) == pytest.approx(50, rel=0.011)
    assert spread.quantile(0.99) == pytest.approx(99, rel=0.011)
    assert spread.quantile(1) == pytest.approx(100, rel=0.011)
    assert (spread.most, spread.mean) == (100, 50.5)


def test_nothing_has_no_quantile() -> None:
    """And no mean; zero is something."""
    assert (Spread().quantile(0.5), Spread().mean) == (None, None)
    spread = Spread()
    spread.add(-1)
    assert (spread.quantile(0.5), spread.most) == (0, 0)


@given(st.lists(st.floats(0, 1e6)), st.lists(st.floats(0, 1e6)))
def test_parts_add_up_to_the_whole(one: list[float], other: list[float]) -> None:
    """Two processes' spreads together are that of all values."""
    parts, whole = [Spread(), Spread()], Spread()
    for part, values in zip(parts, (one, other), strict=True):
        for value in values:
            part.add(value)
            whole.add(value)
    parts[0].merge(Spread(parts[1].classes))
    assert parts[0].classes == whole.classes
    assert parts[0].count == whole.count
    if whole.count:
        assert parts[0].quantile(0.9) == pytest.approx(whole.quantile(0.9), rel=0.021)
