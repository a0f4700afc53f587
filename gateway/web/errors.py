"""What is answered when something is wrong, in the shape of Kallglot's own errors."""

import json
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


def error(
    status: int, code: str, message: str, *, type_: str = "invalid_request_error", param: str | None = None
) -> JSONResponse:
    """An error body; `message` is ours and holds no secret and no number."""
    body = {"error": {"code": code, "message": message, "type": type_, "param": param}}
    return JSONResponse(body, status_code=status)


def raw_error(status: int, code: str, message: str, *, type_: str = "invalid_request_error") -> bytes:
    """The same as the bytes of a whole answer, for where there is no HTTP app; the connection ends with it."""
    phrase = HTTPStatus(status).phrase
    body = json.dumps({"error": {"code": code, "message": message, "type": type_, "param": None}}).encode()
    return (
        f"HTTP/1.1 {status} {phrase}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    ).encode() + body


async def _not_found(_request: Request, _exc: Exception) -> Response:
    return error(404, "not_found", "there is nothing at this path")


async def _not_allowed(_request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException), "Starlette hands over what the handler is registered for"
    # Of a file Starlette names none.
    allowed = ", ".join(sorted((exc.headers or {}).get("Allow", "GET, HEAD").split(", ")))
    answer = error(405, "method_not_allowed", f"this path takes {allowed}")
    answer.headers["Allow"] = allowed  # RFC 9110 §15.5.6: a 405 says what is allowed
    return answer


UNROUTED: Mapping[Any, Callable[[Request, Exception], Awaitable[Response]]] = {404: _not_found, 405: _not_allowed}
"""What Starlette's `exception_handlers=` takes: its own answers to what no route fits are text."""
