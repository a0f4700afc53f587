"""How long to look for trouble: a moment with every run of the tests, for minutes when asked."""

from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings

_USUAL = 40
"""Examples of a property in the profile of every run (tests/conftest.py)."""

T = TypeVar("T", bound=Callable[..., Any])


def depth() -> float:
    """How many times the usual effort the chosen profile asks for."""
    return settings.get_profile(settings.get_current_profile_name()).max_examples / _USUAL


def fuzz(examples: int) -> settings:
    """Try so many examples, the same ones each time; in a deep run more, and other ones."""
    return settings(
        max_examples=max(1, int(examples * depth())),
        derandomize=depth() <= 1,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
