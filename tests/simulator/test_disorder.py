import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ConfigError
from gateway.simulator.disorder import Disorder, Faults


def _through(faults: Faults, count: int = 200) -> list[int]:
    disorder: Disorder[int] = Disorder(faults)
    return [out for number in range(count) for out in disorder.passes(number)] + disorder.flush()


def test_leaves_messages_alone_by_default() -> None:
    """Without faults each message leaves as it comes."""
    disorder: Disorder[int] = Disorder(Faults())
    assert [disorder.passes(number) for number in range(3)] == [[0], [1], [2]]
    assert disorder.flush() == []


@given(st.integers(2, 8), st.integers(0, 1000))
def test_shuffles_within_its_window_and_loses_nothing(window: int, seed: int) -> None:
    """A message is never further from its place than the window is wide."""
    out = _through(Faults(shuffle_window=window, seed=seed))
    assert sorted(out) == list(range(200))
    assert all(abs(place - number) < window for place, number in enumerate(out))


def test_a_seed_repeats_itself_and_another_differs() -> None:
    """A run that found a bug can be run again."""
    faults = Faults(shuffle_window=5, drop_ratio=0.1, duplicate_ratio=0.1, seed=7)
    assert _through(faults) == _through(faults)
    assert _through(faults) != _through(Faults(shuffle_window=5, drop_ratio=0.1, duplicate_ratio=0.1, seed=8))


def test_drops_and_duplicates() -> None:
    """All, none and a share."""
    assert _through(Faults(drop_ratio=1.0)) == []
    assert _through(Faults(duplicate_ratio=1.0), 3) == [0, 0, 1, 1, 2, 2]
    assert 150 < len(_through(Faults(drop_ratio=0.1))) < 200


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: Faults(shuffle_window=0), "shuffle_window must be at least 1, not 0"),
        (lambda: Faults(drop_ratio=1.5), "drop_ratio must be between 0 and 1, not 1.5"),
        (lambda: Faults(duplicate_ratio=-0.1), "duplicate_ratio must be between 0 and 1, not -0.1"),
    ],
    ids=["window", "drop", "duplicate"],
)
def test_refuses_what_means_nothing(make: object, problem: str) -> None:
    """The message names the setting and its value."""
    assert callable(make)
    with pytest.raises(ConfigError, match=problem):
        make()
