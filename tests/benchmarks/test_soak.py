import pytest

from tests.benchmarks.soak import growth_percent


def test_growth_is_the_line_s_and_not_the_last_sample_s() -> None:
    """A hundred sockets, and one more every ten samples, is a growth of 1 %; one that is odd hardly matters."""
    assert growth_percent([(at, 100 + at / 10) for at in range(11)]) == pytest.approx(1.0, abs=0.01)
    assert abs(growth_percent([(at, 100 + (at == 5) * 10) for at in range(11)])) < 0.01
