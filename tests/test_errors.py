import inspect

import pytest

from gateway import errors
from gateway.errors import (
    CapacityError,
    ConfigError,
    GatewayError,
    KallglotError,
    KallglotUnavailableError,
    LocalStateError,
    MessageError,
    MessageFault,
    PeerError,
    SignatureError,
    SignatureFault,
    StoreUnavailableError,
    TicketError,
    TicketFault,
)

ALL = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, GatewayError)]


@pytest.mark.parametrize("kind", ALL)
def test_the_tree_in_the_docstring_is_whole(kind: type[GatewayError]) -> None:
    """Who looks for the right error finds it drawn."""
    assert errors.__doc__ is not None
    assert kind.__name__ in errors.__doc__


@pytest.mark.parametrize("kind", [kind for kind in ALL if kind is not GatewayError])
def test_every_error_is_somebodys_fault(kind: type[GatewayError]) -> None:
    assert issubclass(kind, LocalStateError | PeerError | ConfigError | CapacityError)


def test_errors_say_what_was_seen() -> None:
    assert str(MessageError(MessageFault.NOT_JSON, "unexpected end")) == "not_json: unexpected end"
    assert str(TicketError(TicketFault.USED)) == "media socket refused: used_ticket"
    assert str(KallglotError("rate_limit_exceeded", "slow down", status=429)) == (
        "rate_limit_exceeded: slow down (HTTP 429)"
    )
    assert str(KallglotError("timeout", "no answer")) == "timeout: no answer"
    assert SignatureError(SignatureFault.STALE, "old").fault is SignatureFault.STALE


def test_configuration_problems_stay_apart() -> None:
    error = ConfigError(["server.port must be a whole number", "routes: no such file"])
    assert error.problems == ("server.port must be a whole number", "routes: no such file")
    assert str(error).splitlines() == list(error.problems)


def test_only_what_may_pass_is_worth_a_retry() -> None:
    assert issubclass(KallglotUnavailableError, KallglotError)
    assert KallglotUnavailableError("timeout", "", retry_after_s=3.0).retry_after_s == 3.0
    assert issubclass(StoreUnavailableError, CapacityError)
