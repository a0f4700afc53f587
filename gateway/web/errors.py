"""What is answered when something is wrong, in the shape of Kallglot's own errors."""

from starlette.responses import JSONResponse


def error(
    status: int, code: str, message: str, *, type_: str = "invalid_request_error", param: str | None = None
) -> JSONResponse:
    """An error body; `message` is ours and holds no secret and no number."""
    body = {"error": {"code": code, "message": message, "type": type_, "param": param}}
    return JSONResponse(body, status_code=status)
