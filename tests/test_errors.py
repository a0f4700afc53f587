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
    TicketError,
    TicketFault,
    WebhookError,
)

ALL = [error for _, error in inspect.getmembers(errors, inspect.isclass) if issubclass(error, Exception)]


def _drawn() -> dict[str, int]:
    """The tree in the module's docstring: how deep each name stands."""
    lines = [line for line in inspect.getdoc(errors).splitlines() if "Error" in line]  # type: ignore[union-attr]
    return {line.lstrip("│├└─ ").split()[0]: len(line) - len(line.lstrip("│├└─ ")) for line in lines}


@pytest.mark.parametrize("error", ALL)
def test_the_tree_is_drawn_as_it_is(error: type[Exception]) -> None:
    """Whoever catches something reads it there."""
    depth = len(error.__mro__) - len(GatewayError.__mro__)
    assert _drawn()[error.__name__] == 4 * depth


def test_nothing_is_drawn_that_is_not_there() -> None:
    assert set(_drawn()) == {error.__name__ for error in ALL}


@pytest.mark.parametrize("error", [e for e in ALL if e is not GatewayError])
def test_every_error_is_somebody_s(error: type[Exception]) -> None:
    """Ours, theirs, the operator's, or nobody's."""
    owners = [owner for owner in (LocalStateError, PeerError, ConfigError, CapacityError) if issubclass(error, owner)]
    assert len(owners) == 1


def test_errors_say_what_is_wrong() -> None:
    """In words that an operator can act on."""
    assert str(MessageError(MessageFault.ODD_LENGTH, "3 bytes")) == "odd_length: 3 bytes"
    assert str(TicketError(TicketFault.EXPIRED)) == "media socket refused: expired_ticket"
    assert str(SignatureError(SignatureFault.STALE, "signed 400 s ago")) == "signed 400 s ago"
    assert str(ConfigError(["a must be set", "b must be a number"])) == "a must be set\nb must be a number"
    assert str(KallglotError("invalid_request", "no mode", status=422)) == "invalid_request: no mode (HTTP 422)"
    assert str(KallglotUnavailableError("timeout", "no answer")) == "timeout: no answer"


def test_errors_say_what_to_count() -> None:
    assert MessageError(MessageFault.BINARY, "").fault is MessageFault.BINARY
    assert TicketError(TicketFault.USED).fault is TicketFault.USED
    assert SignatureError(SignatureFault.MISSING, "").fault is SignatureFault.MISSING


def test_errors_keep_what_the_answer_needs() -> None:
    """The parameter to name to a carrier, the wait that Kallglot asked for, every problem of a configuration."""
    assert WebhookError("CallSid must be set", param="CallSid").param == "CallSid"
    refused = KallglotUnavailableError("rate_limit_exceeded", "slow", status=429, request_id="req_1", retry_after_s=2.5)
    assert (refused.code, refused.message, refused.status) == ("rate_limit_exceeded", "slow", 429)
    assert (refused.request_id, refused.retry_after_s) == ("req_1", 2.5)
    assert ConfigError(["a", "b"]).problems == ("a", "b")
