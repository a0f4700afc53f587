"""What every endpoint does around its own work: read the body, authenticate, map refusals, repeat answers."""

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from gateway.sandbox.access import ApiKey, authenticate
from gateway.sandbox.answers import credit_headers, refusal_response, response
from gateway.sandbox.exchange import Exchange
from gateway.sandbox.idempotency import Answer, fingerprint
from gateway.sandbox.refusals import ErrorType, Refused, malformed

MAX_BODY_BYTES = 1_048_576
"""More than any documented body needs."""

Endpoint = Callable[[Request], Awaitable[Response]]
Handler = Callable[[Request, ApiKey], Awaitable[Answer]]
"""The work of one authenticated endpoint; may raise `Refused`."""
ToolHandler = Callable[[Request], Awaitable[Answer]]
"""The work of one development tool; may raise `Refused`."""


def authenticated(exchange: Exchange, handler: Handler) -> Endpoint:
    """An endpoint of the API: key checked, credits and request id in the headers."""

    async def endpoint(request: Request) -> Response:
        request_id = exchange.new_request_id()
        try:
            key = authenticate(request.headers, exchange.options.api_keys)
        except Refused as refused:
            return refusal_response(refused, request_id)
        try:
            answer = await handler(request, key)
        except Refused as refused:
            return refusal_response(refused, request_id, credit_headers(exchange.state.credits))
        return response(answer, request_id, credit_headers(exchange.state.credits))

    return endpoint


def tool(exchange: Exchange, handler: ToolHandler) -> Endpoint:
    """An endpoint for the developer: no key, the same error shape."""

    async def endpoint(request: Request) -> Response:
        request_id = exchange.new_request_id()
        try:
            return response(await handler(request), request_id)
        except Refused as refused:
            return refusal_response(refused, request_id)

    return endpoint


def unroutable(exchange: Exchange) -> Callable[[Request, Exception], Response]:
    """Answers requests for a path or method that does not exist."""

    def handle(request: Request, exc: Exception) -> Response:
        allow = (exc.headers or {}) if isinstance(exc, HTTPException) else {}
        if isinstance(exc, HTTPException) and exc.status_code == 405:
            message = f"{request.method} is not allowed on {request.url.path}."
            refused = Refused(405, "method_not_allowed", message)
        else:
            refused = Refused(404, "not_found", f"No such path: {request.url.path}.", kind=ErrorType.NOT_FOUND)
        return refusal_response(refused, exchange.new_request_id(), allow)

    return handle


def broken(exchange: Exchange) -> Callable[[Request, Exception], Response]:
    """Answers requests that met a bug of the sandbox; the server logs the traceback."""

    def handle(_request: Request, _exc: Exception) -> Response:
        refused = Refused(500, "internal_error", "The sandbox has a bug; see its log.", kind=ErrorType.API)
        return refusal_response(refused, exchange.new_request_id())

    return handle


async def read_body(request: Request) -> bytes:
    """The request's body.

    Raises:
        Refused: it is too large, not declared as JSON, or broke off.
    """
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise Refused(413, "request_too_large", f"The request body exceeds {MAX_BODY_BYTES} bytes.")
    except ClientDisconnect as exc:
        raise malformed("The request body broke off.") from exc
    content_type = request.headers.get("content-type", "")
    if body and content_type.partition(";")[0].strip().lower() != "application/json":
        raise malformed(f"Content-Type must be 'application/json', not '{content_type}'.")
    return bytes(body)


async def once(exchange: Exchange, request: Request, body: object, work: Callable[[], Awaitable[Answer]]) -> Answer:
    """Do the work of a request, or repeat the answer to the first one with its `Idempotency-Key`.

    Raises:
        Refused: the key belongs to another request, or to one that still runs.
    """
    key = request.headers.get("idempotency-key")
    if not key:
        return await work()
    ledger = exchange.state.idempotency
    route = f"{request.method} {request.url.path}"
    replay = ledger.begin(key, fingerprint(route, body), exchange.clock.unix_ms())
    if replay is not None:
        return replay
    try:
        answer = await work()
    except BaseException:  # also cancelled: whatever stopped it, the key must not stay taken
        ledger.abandon(key)
        raise
    ledger.finish(key, answer)
    return answer
