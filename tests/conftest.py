"""What holds for every test."""

from collections.abc import Iterator
from typing import TextIO, cast

import pytest
from hypothesis import HealthCheck, settings

from gateway.telemetry.logs import LogFormat, configure_logs
from tests.fakes.watched_logs import WatchedLogs

# A loaded machine is slow, not wrong: properties fail by what they find, never by how long they took. The examples are
# the same each time, so that a change is what makes them fail.
settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=40, derandomize=True
)
# tests/fuzz/README.md says how: twenty times as many, and other ones each time.
settings.register_profile(
    "deep", settings.get_profile("unhurried"), max_examples=800, derandomize=False, print_blob=True
)
settings.load_profile("unhurried")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--pictures` takes the README's anew."""
    parser.addoption("--pictures", action="store_true", help="write the browser tests' pictures to deploy/pictures")


@pytest.fixture(autouse=True)
def watched_logs() -> Iterator[WatchedLogs]:
    """No test makes the gateway log a secret, a whole phone number or audio; it logs as `gateway serve` does."""
    watched = WatchedLogs()
    configure_logs(LogFormat.JSON, stream=cast("TextIO", watched))
    yield watched
    assert watched.found == []
