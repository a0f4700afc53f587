"""How the API says no: `{"error": {"code", "message", "type", …}}`. Sans-I/O.

The shape is that of the API overview; `request_id` and `retry_after` are the errors page's.
"""

from enum import StrEnum

import msgspec
from msgspec import Struct

from gateway.errors import PeerError


class ErrorType(StrEnum):
    """The documented families of errors."""

    VALIDATION = "validation_error"
    INVALID_REQUEST = "invalid_request_error"
    AUTHENTICATION = "authentication_error"
    PERMISSION = "permission_error"
    NOT_FOUND = "not_found_error"
    RATE_LIMIT = "rate_limit_error"
    API = "api_error"


class ErrorBody(Struct, omit_defaults=True):
    """What is inside `error`."""

    code: str
    message: str
    type: str
    param: str | None = None
    request_id: str | None = None
    retry_after: float | None = None


class ErrorEnvelope(Struct):
    """The whole body of a refusal."""

    error: ErrorBody


class Refused(PeerError):  # noqa: N818  the API refuses; the client is the one in error
    """A request that the documents say is answered with an error."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        kind: ErrorType = ErrorType.INVALID_REQUEST,
        param: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.kind = str(kind)
        self.param = param
        self.retry_after_s = retry_after_s

    def error(self, request_id: str | None = None) -> ErrorBody:
        """The `error` object that says it."""
        return ErrorBody(self.code, self.message, self.kind, self.param, request_id, self.retry_after_s)

    def body(self, request_id: str | None) -> bytes:
        """The JSON that says it."""
        return msgspec.json.encode(ErrorEnvelope(self.error(request_id)))


def invalid(param: str, message: str) -> Refused:
    """422: the request was read, and a field of it cannot be."""
    return Refused(422, "invalid_request", message, kind=ErrorType.VALIDATION, param=param)


def malformed(message: str) -> Refused:
    """400: the request cannot be read at all."""
    return Refused(400, "invalid_request", message)


def no_such_session(session_id: str) -> Refused:
    """404: nobody created that session."""
    return Refused(404, "session_not_found", f"No such session: '{session_id}'.", kind=ErrorType.NOT_FOUND)
