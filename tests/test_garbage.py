import gc
from collections.abc import Iterator

import pytest

from gateway.garbage import settle


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Other tests have Python's own ways."""
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


def test_what_lives_at_the_start_is_looked_through_no_more() -> None:
    settle()
    assert gc.get_freeze_count() > 10_000


def test_full_collections_are_rare() -> None:
    """Half a million objects from one to the next: thousands of calls, and not a few dozen."""
    settle()
    young, middle, full = gc.get_threshold()
    # One more of each than is said is when it comes.
    assert young * (middle + 1) * (full + 1) >= 500_000
