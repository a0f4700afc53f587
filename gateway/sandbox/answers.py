"""HTTP answers: headers that all of them carry, and the error shape."""

from collections.abc import Mapping

from starlette.responses import Response

from gateway.sandbox.access import Credits
from gateway.sandbox.idempotency import Answer
from gateway.sandbox.refusals import Refused


def response(answer: Answer, request_id: str, extra: Mapping[str, str] | None = None) -> Response:
    """An answer with its `X-Request-ID`."""
    headers = {"X-Request-ID": request_id, **answer.headers, **(extra or {})}
    return Response(answer.body, answer.status, headers, answer.content_type)


def refusal_response(refused: Refused, request_id: str, extra: Mapping[str, str] | None = None) -> Response:
    """A refusal in the documented shape."""
    headers = dict(extra or {})
    if refused.retry_after_s is not None:
        headers["Retry-After"] = f"{refused.retry_after_s:g}"
    if refused.status == 401:
        headers["WWW-Authenticate"] = "Bearer"  # RFC 9110 §11.6.1: a 401 says how to authenticate
    return response(Answer(refused.status, refused.body(request_id)), request_id, headers)


def credit_headers(credit: Credits) -> dict[str, str]:
    """What authenticated answers say about credits."""
    return {"X-API-Credits-Remaining": str(credit.remaining), "X-API-Credits-Used": str(credit.used)}
