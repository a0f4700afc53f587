"""What is answered when something is wrong, in the shape of Kallglot's own errors."""

import json
from http import HTTPStatus

from starlette.responses import JSONResponse


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
