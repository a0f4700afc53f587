"""What Kallglot's REST API answers. Sans-I/O.

Wire reference: https://developer.kallglot.com/api-reference/sessions/create and the quick start. Their samples
disagree about which fields a session has, so only what no session is without is required; what nobody here
reads is left out, and unknown fields are ignored.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

import msgspec
from msgspec import Meta, Struct

from gateway.calls import SessionId
from gateway.errors import KallglotError
from gateway.kallglot.excerpt import excerpt

UNEXPECTED_ANSWER = "unexpected_answer"
"""The `code` of an answer that is not one of Kallglot's documented ones."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_UNREADABLE = (ValueError, RecursionError)
"""What msgspec raises: ValueErrors of several kinds, and RecursionError for what is nested too deeply."""


_Id = Annotated[SessionId, Meta(pattern=r"^[\x21-\x7e]{1,128}\Z")]
"""Visible ASCII, as it stands in paths and headers; Kallglot's are `sess_` and 26 letters and digits."""


class SessionStatus(StrEnum):
    """Where a session stands (concepts/sessions-vs-calls, "Session Lifecycle")."""

    CREATED = "created"
    CONNECTING = "connecting"
    ACTIVE = "active"
    ENDING = "ending"
    ENDED = "ended"
    UNKNOWN = "unknown"
    """A word that the documents do not have."""

    @classmethod
    def _missing_(cls, value: object) -> Self:  # noqa: ARG003 - enum's own signature
        return cls("unknown")


class StreamGrant(Struct, frozen=True):
    """Leave to open a session's stream."""

    url: str
    """`wss://…`; the token goes into its query."""
    token: str
    expires_at: str | None = None
    """ISO 8601. Checked when the stream is opened; an open one outlives it."""

    def __repr__(self) -> str:
        return f"StreamGrant(url={self.url!r}, token='***', expires_at={self.expires_at!r})"

    def expires_at_ms(self) -> int | None:
        """Unix milliseconds after which the token opens nothing, or None where that is not said legibly."""
        try:
            expires = datetime.fromisoformat((self.expires_at or "").strip().upper())
        except ValueError:
            return None
        if expires.tzinfo is None:
            expires = expires.replace(tzinfo=UTC)
        return (expires - _EPOCH) // timedelta(milliseconds=1)


class Session(Struct, frozen=True):
    """A session, as create and retrieve answer it."""

    id: _Id
    status: SessionStatus = SessionStatus.UNKNOWN
    stream: StreamGrant | None = None
    """Absent once the session has ended."""


class ErrorDetail(Struct, frozen=True):
    """Kallglot's `error` object."""

    code: str | None = None
    message: str | None = None
    request_id: str | None = None
    retry_after: float | str | None = None
    """Seconds; on limits and conflicts."""


class _SessionEnd(Struct):
    id: _Id


class _ErrorAnswer(Struct):
    error: ErrorDetail


_session = msgspec.json.Decoder(Session)
_session_end = msgspec.json.Decoder(_SessionEnd)
_error = msgspec.json.Decoder(_ErrorAnswer)


def decode_session(data: bytes, *, status: int = 0, request_id: str | None = None) -> Session:
    """Read the answer of create or retrieve; what else is known of the answer goes into the error.

    Raises:
        KallglotError: `unexpected_answer`; it is not a session.
    """
    try:
        return _session.decode(data)
    except _UNREADABLE as exc:
        raise unexpected("a session", data, exc, status=status, request_id=request_id) from exc


def check_session_end(data: bytes, *, status: int = 0, request_id: str | None = None) -> None:
    """Make sure that end was answered by Kallglot; what else is known of the answer goes into the error.

    Raises:
        KallglotError: `unexpected_answer`; it is not the end of a session.
    """
    try:
        _session_end.decode(data)
    except _UNREADABLE as exc:
        raise unexpected("the end of a session", data, exc, status=status, request_id=request_id) from exc


def decode_error(data: bytes) -> ErrorDetail | None:
    """Read the body of a refusal, or None where it is not Kallglot's error shape: a proxy's page, say."""
    try:
        return _error.decode(data).error
    except _UNREADABLE:
        return None


def unexpected(
    wanted: str, data: bytes, why: Exception | str, *, status: int = 0, request_id: str | None = None
) -> KallglotError:
    """The error for an answer that is not what was asked for, with what was seen instead."""
    return KallglotError(
        UNEXPECTED_ANSWER, f"not {wanted} ({why}): {excerpt(data)!r}", status=status, request_id=request_id
    )
