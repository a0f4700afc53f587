import pytest
from prometheus_client import CollectorRegistry

from gateway.telemetry.distribution import Distribution, Histogram

BOUNDS_MS = (5, 10, 100)


@pytest.mark.parametrize(
    ("number", "counts"),
    [(0, [1, 1, 1, 1]), (5, [1, 1, 1, 1]), (6, [0, 1, 1, 1]), (100, [0, 0, 1, 1]), (101, [0, 0, 0, 1])],
)
def test_a_bucket_holds_its_own_bound(number: int, counts: list[int]) -> None:
    """Prometheus' `le` is "less than or equal"."""
    distribution = Distribution(BOUNDS_MS)
    distribution.observe(number)
    assert list(distribution.cumulative()) == list(zip((*BOUNDS_MS, None), counts, strict=True))


def test_prometheus_sees_seconds() -> None:
    registry = CollectorRegistry()
    histogram = Histogram("gateway_x_seconds", "X.", BOUNDS_MS, 1000, registry, label="direction", values=("in", "out"))
    for number in (3, 50, 4_000):
        histogram.of("in").observe(number)
    assert registry.get_sample_value("gateway_x_seconds_bucket", {"direction": "in", "le": "0.1"}) == 2
    assert registry.get_sample_value("gateway_x_seconds_count", {"direction": "in"}) == 3
    assert registry.get_sample_value("gateway_x_seconds_sum", {"direction": "in"}) == pytest.approx(4.053)
    assert registry.get_sample_value("gateway_x_seconds_count", {"direction": "out"}) == 0


def test_without_a_label_there_is_one() -> None:
    registry = CollectorRegistry()
    histogram = Histogram("gateway_x_seconds", "X.", BOUNDS_MS, 1_000_000, registry)
    histogram.of().observe(7)
    assert registry.get_sample_value("gateway_x_seconds_bucket", {"le": "1e-05"}) == 1


def test_a_value_that_was_not_announced_is_a_bug() -> None:
    histogram = Histogram("gateway_x_seconds", "X.", BOUNDS_MS, 1000, CollectorRegistry(), label="d", values=("in",))
    with pytest.raises(KeyError):
        histogram.of("sideways")
