"""What every endpoint does around its own work: authenticate, count, read the body, map refusals, repeat answers."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from gateway.sandbox.access import authenticate, authorize
from gateway.sandbox.answers import credit_headers, refusal_response, response
from gateway.sandbox.bodies import read_json
from gateway.sandbox.exchange import Exchange
from gateway.sandbox.idempotency import Answer, fingerprint
from gateway.sandbox.operations import Operation
from gateway.sandbox.refusals import ErrorType, Refused, malformed

MAX_BODY_BYTES = 1_048_576
"""More than any documented body needs."""

Endpoint = Callable[[Request], Awaitable[Response]]
ToolHandler = Callable[[Request], Awaitable[Answer]]
"""The work of one development tool; may raise `Refused`."""


def authenticated(exchange: Exchange, operation: Operation) -> Endpoint:
    """An endpoint of the API: key checked, request counted; credits, limits and request id in the headers."""
    options, limiter = exchange.options, exchange.limiter

    async def endpoint(request: Request) -> Response:
        request_id = exchange.new_request_id()
        try:
            key = authenticate(request.headers, options.api_keys, options.organization)
        except Refused as refused:
            return refusal_response(refused, request_id)
        now_ms = exchange.clock.unix_ms()
        window = limiter.count(now_ms)
        try:
            limiter.require(now_ms)
            authorize(key, operation.permission, options.organization)
            fault = None if operation.idempotent else await met(exchange, operation.id)
            answer = fault or await operation.handler(request, key)
        except Refused as refused:
            return refusal_response(refused, request_id, credit_headers(exchange.state.credits) | window.headers)
        return response(answer, request_id, credit_headers(exchange.state.credits) | window.headers)

    return endpoint


async def met(exchange: Exchange, operation_id: str) -> Answer | None:
    """The answer of the fault that was ordered on this operation, after its delay, or None: carry on.

    Raises:
        Refused: an error in the documented shape was ordered.
    """
    fault = exchange.state.faults.take_operation(operation_id)
    if fault is None:
        return None
    await exchange.pause(fault.wait_s)
    if fault.credits is not None:
        exchange.state.credits.remaining = fault.credits
    return fault.answer()


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


def without_upgrade(exchange: Exchange) -> Callable[[Request], Response]:
    """Answers requests for a stream that ask for no WebSocket; those that do never come here."""

    def handle(_request: Request) -> Response:
        message = "This is a WebSocket: connect with 'Upgrade: websocket', which a proxy in between may have taken out."
        refused = Refused(426, "upgrade_required", message)
        # RFC 9110 §15.5.22: a 426 says what to upgrade to.
        return refusal_response(refused, exchange.new_request_id(), {"Upgrade": "websocket", "Connection": "Upgrade"})

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


async def read_optional(request: Request) -> Any:
    """The JSON of a request whose body may be left out, or None.

    Raises:
        Refused: there is a body, and it cannot be read.
    """
    body = await read_body(request)
    return read_json(body) if body else None


async def once(
    exchange: Exchange, operation_id: str, request: Request, body: object, work: Callable[[], Awaitable[Answer]]
) -> Answer:
    """Do the work of a request, or repeat the answer to the first one with its `Idempotency-Key`.

    Raises:
        Refused: the key belongs to another request, or to one that still runs; or the work's own.
    """
    key = request.headers.get("idempotency-key")
    if not key:
        return await met(exchange, operation_id) or await work()
    ledger = exchange.state.idempotency
    route = f"{request.method} {request.url.path}"
    replay = ledger.begin(key, fingerprint(route, body), exchange.clock.unix_ms())
    if replay is not None:
        return replay
    try:
        answer = await met(exchange, operation_id) or await work()
    except BaseException:  # also cancelled: whatever stopped it, the key must not stay taken
        ledger.abandon(key)
        raise
    ledger.finish(key, answer)
    exchange.state.keep_answer(key)
    return answer
