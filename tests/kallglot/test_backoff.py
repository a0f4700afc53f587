"""Rules of waiting between attempts."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kallglot.backoff import BackoffPolicy, delays


def test_grows_to_its_ceiling_and_stays() -> None:
    """With the worst luck the delays are the policy's limits."""
    policy = BackoffPolicy(first_ms=100, factor=3, ceiling_ms=1000)
    assert list(islice(delays(policy, lambda: 1.0), 5)) == pytest.approx([0.1, 0.3, 0.9, 1.0, 1.0])


def test_is_all_jitter() -> None:
    """Clients that failed together spread over the whole of each delay, from nothing on."""
    draws = iter([0.0, 0.5, 0.25])
    policy = BackoffPolicy(first_ms=1000, factor=2, ceiling_ms=8000)
    assert list(islice(delays(policy, lambda: next(draws)), 3)) == pytest.approx([0.0, 1.0, 1.0])


@given(st.floats(0, 1), st.integers(1, 60_000), st.integers(1, 60_000))
def test_never_waits_longer_than_the_ceiling(luck: float, first_ms: int, ceiling_ms: int) -> None:
    """Whatever the policy, each delay lies between nothing and its ceiling, and none is the last."""
    waits = list(islice(delays(BackoffPolicy(first_ms=first_ms, ceiling_ms=ceiling_ms), lambda: luck), 100))
    assert all(0 <= wait <= ceiling_ms / 1000 for wait in waits)
    assert len(waits) == 100
