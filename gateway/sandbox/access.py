"""API keys and credits: who may ask, for what, and for how much more. Sans-I/O."""

from collections.abc import Mapping, Set
from dataclasses import dataclass

from gateway.sandbox.organization import Key, KeyState, Organization, Permission
from gateway.sandbox.refusals import ErrorType, Refused

KEY_PREFIXES = ("sk_test_", "sk_live_")
"""Test and production keys (authentication page)."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key that was accepted."""

    value: str
    permissions: frozenset[Permission] = frozenset(Permission)

    def __repr__(self) -> str:
        return "ApiKey(***)"

    @property
    def live(self) -> bool:
        """Whether it is a production key."""
        return self.value.startswith("sk_live_")


def authenticate(headers: Mapping[str, str], accepted: Set[str], organization: Organization | None = None) -> ApiKey:
    """Find the request's key in `Authorization: Bearer` or `X-API-Key`; with none set up, any well-formed one is good.

    Raises:
        Refused: 401.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    value = token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
    if not value:
        raise _unauthorized("No API key: send 'Authorization: Bearer sk_…' or 'X-API-Key: sk_…'.")
    if not value.startswith(KEY_PREFIXES) or value in KEY_PREFIXES:
        raise _unauthorized("The API key must begin with 'sk_test_' or 'sk_live_'.")
    keys = organization.keys if organization is not None else ()
    known = next((key for key in keys if key.value == value), None)
    if known is not None:
        return _set_up(known)
    if (accepted or keys) and value not in accepted:
        raise _unauthorized("The API key is not known.")
    return ApiKey(value)


def authorize(key: ApiKey, permission: Permission, organization: Organization) -> None:
    """Make sure that the organization is active and its key may do that.

    Raises:
        Refused: 403.
    """
    if not organization.active:
        raise Refused(403, "organization_inactive", "The organization is not active.", kind=ErrorType.PERMISSION)
    if permission not in key.permissions:
        message = f"The API key lacks the permission '{permission}'."
        raise Refused(403, "insufficient_permissions", message, kind=ErrorType.PERMISSION)


def _set_up(key: Key) -> ApiKey:
    if key.state is not KeyState.ACTIVE:
        raise _unauthorized(f"The API key is {key.state}.", f"{key.state}_api_key")
    return ApiKey(key.value, key.permissions)


def _unauthorized(message: str, code: str = "invalid_api_key") -> Refused:
    return Refused(401, code, message, kind=ErrorType.AUTHENTICATION)


class Credits:
    """The organization's API credits: each session and each analysis that is created takes one."""

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
