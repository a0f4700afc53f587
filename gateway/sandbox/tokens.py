"""The stream tokens of one session: minted often, valid five minutes, checked at connect only. Sans-I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

TOKEN_TTL_MS = 300_000
"""Five minutes: "The token expires in 5 minutes, so connect promptly" (quick start)."""


class TokenFault(StrEnum):
    """Why a token opens nothing; the `code` of the refusal."""

    INVALID = "invalid_token"
    EXPIRED = "expired_token"


@dataclass(frozen=True, slots=True)
class StreamToken:
    """A secret that opens a session's stream."""

    value: str
    expires_ms: int
    """Unix milliseconds."""


class TokenBook:
    """The tokens a session has given out. One may be used again while it lives."""

    def __init__(self, expires_ms: Mapping[str, int] | None = None) -> None:
        self._expires_ms = dict(expires_ms or {})
        """By token, in Unix milliseconds."""

    @property
    def expires_ms(self) -> Mapping[str, int]:
        """The tokens that are remembered, and until when they are good."""
        return self._expires_ms

    def issue(self, value: str, unix_ms: int) -> StreamToken:
        """Take a new token into the book; what expired long ago is forgotten."""
        forget_before_ms = unix_ms - TOKEN_TTL_MS
        self._expires_ms = {old: ends for old, ends in self._expires_ms.items() if ends > forget_before_ms}
        self._expires_ms[value] = unix_ms + TOKEN_TTL_MS
        return StreamToken(value, unix_ms + TOKEN_TTL_MS)

    def check(self, value: str, unix_ms: int) -> TokenFault | None:
        """What is wrong with a token that somebody brings, or None."""
        expires_ms = self._expires_ms.get(value)
        if expires_ms is None:
            return TokenFault.INVALID
        return TokenFault.EXPIRED if unix_ms >= expires_ms else None
