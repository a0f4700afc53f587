"""API keys and credits: who may ask, and for how much more. Sans-I/O."""

from collections.abc import Mapping, Set
from dataclasses import dataclass

from gateway.sandbox.refusals import ErrorType, Refused

KEY_PREFIXES = ("sk_test_", "sk_live_")
"""Test and production keys (authentication page)."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key that was accepted."""

    value: str

    def __repr__(self) -> str:
        return "ApiKey(***)"

    @property
    def live(self) -> bool:
        """Whether it is a production key."""
        return self.value.startswith("sk_live_")


def authenticate(headers: Mapping[str, str], accepted: Set[str]) -> ApiKey:
    """Find the request's key in `Authorization: Bearer` or `X-API-Key`; with no accepted set, any well-formed one is.

    Raises:
        Refused: 401.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    value = token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
    if not value:
        raise _unauthorized("No API key: send 'Authorization: Bearer sk_…' or 'X-API-Key: sk_…'.")
    if not value.startswith(KEY_PREFIXES) or value in KEY_PREFIXES:
        raise _unauthorized("The API key must begin with 'sk_test_' or 'sk_live_'.")
    if accepted and value not in accepted:
        raise _unauthorized("The API key is not known.")
    return ApiKey(value)


def _unauthorized(message: str) -> Refused:
    return Refused(401, "invalid_api_key", message, kind=ErrorType.AUTHENTICATION)


class Credits:
    """The organization's API credits: each successful create takes one."""

    def __init__(self, allowance: int) -> None:
        self.remaining = allowance
        self.used = 0

    def require(self) -> None:
        """Make sure that one is left.

        Raises:
            Refused: 402.
        """
        if self.remaining < 1:
            message = "The organization has no API credits left."
            raise Refused(402, "insufficient_api_credits", message, kind=ErrorType.PERMISSION)

    def take(self) -> None:
        """Use one."""
        self.remaining -= 1
        self.used += 1
