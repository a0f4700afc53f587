"""Kallglot's refusals, read from HTTP status, headers and body. Sans-I/O.

Wire reference: https://developer.kallglot.com/errors. Error body, `X-Request-ID`, and `Retry-After` in seconds
(RFC 9110 §10.2.3; the form with a date is not documented and is passed over).
"""

from collections.abc import Mapping

from gateway.errors import KallglotError, KallglotUnavailableError
from gateway.kallglot.excerpt import excerpt
from gateway.kallglot.models import ErrorDetail, decode_error

IDEMPOTENCY_CONFLICT = "idempotency_conflict"
"""409: the first request with this `Idempotency-Key` is still running."""

_CREATE_REFUSED_WITH = frozenset({400, 401, 402, 403, 409, 422})
"""api-reference/sessions/create, concepts/idempotency and errors."""


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> KallglotError:
    """The error that an answer other than 2xx stands for.

    It is a `KallglotUnavailableError` where the same request may succeed a little later: 429, 5xx, and 409 while
    the first request with the same `Idempotency-Key` is still running.

    `headers` are looked up by lower-case name.
    """
    detail = decode_error(body) or ErrorDetail(message=f"not an error of Kallglot's: {excerpt(body)!r}")
    code = detail.code or unnamed(status)
    message = detail.message or "no reason given"
    request_id = detail.request_id or headers.get("x-request-id")
    if status == 429 or status >= 500 or (status == 409 and code == IDEMPOTENCY_CONFLICT):
        wait_s = _seconds(headers.get("retry-after")) or _seconds(detail.retry_after)
        return KallglotUnavailableError(code, message, status=status, request_id=request_id, retry_after_s=wait_s)
    return KallglotError(code, message, status=status, request_id=request_id)


def unnamed(status: int) -> str:
    """The code of a refusal that Kallglot gave none, or that is not Kallglot's."""
    return f"http_{status}"


def is_refusal(exc: KallglotError) -> bool:
    """Whether it is Kallglot that has said no to a new session; else nobody has said that there is none.

    By its own code, or by a status that its documents name; 404, say, without a code is a proxy's.
    """
    return 400 <= exc.status < 500 and (exc.code != unnamed(exc.status) or exc.status in _CREATE_REFUSED_WITH)


def _seconds(value: str | float | None) -> float | None:
    try:
        seconds = float(value or "")
    except ValueError:
        return None
    return seconds if seconds >= 0 else None  # neither negative nor NaN
