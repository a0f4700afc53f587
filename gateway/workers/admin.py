"""The admin listener's HTTP app where several workers carry the calls: the same paths, about all of them."""

import httpx
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.calls import CallId
from gateway.web.console.broadcast import Broadcast
from gateway.web.console.protection import Protection
from gateway.web.console.stream import LiveStream
from gateway.web.drain import drain_route
from gateway.web.errors import UNROUTED, error
from gateway.web.health import health_routes
from gateway.web.rebinding import NoRebinding
from gateway.workers.desk import Desk
from gateway.workers.exposition import Exposition

_ASKED_WITH = ("if-none-match", "if-modified-since")
"""Headers of a browser's that a worker makes something of."""

_OWN = frozenset({"connection", "content-length", "date", "keep-alive", "transfer-encoding"})
"""Headers of an answer that belong to its connection."""


def crew_app(desk: Desk, own: Collector, broadcast: Broadcast) -> Starlette:
    """What operators and Prometheus ask; `own` are the parent's metrics."""

    async def metrics(_request: Request) -> Response:
        exposition = Exposition(await desk.metrics(), own)
        return Response(generate_latest(exposition), media_type=CONTENT_TYPE_LATEST)

    async def calls(_request: Request) -> Response:
        return Response(await desk.calls(), media_type="application/json")

    async def call(request: Request) -> Response:
        return _passed_on(await desk.call(CallId(request.path_params["call_id"])))

    return Starlette(
        routes=[
            *health_routes(desk.why_not_ready),
            Route("/metrics", metrics, methods=["GET"]),
            Route("/calls", calls, methods=["GET"]),
            Route("/calls/{call_id}", call, methods=["GET"]),
            drain_route(desk.drain),
            *_console_routes(desk, broadcast),
        ],
        exception_handlers=UNROUTED,
        middleware=[Middleware(NoRebinding)],
    )


def _console_routes(desk: Desk, broadcast: Broadcast) -> list[Route]:
    """`/console` and what is below: the workers' own pages, and the events of all."""

    async def call(request: Request) -> Response:
        return _passed_on(await desk.page_of(CallId(request.path_params["call_id"]), _path(request)))

    async def page(request: Request) -> Response:
        headers = {name: request.headers[name] for name in _ASKED_WITH if name in request.headers}
        return _passed_on(await desk.page(_path(request), request.url.query, headers))

    return [
        Route("/console/events", LiveStream(broadcast), methods=["GET"], middleware=[Middleware(Protection)]),
        Route("/console/calls/{call_id}", call, methods=["GET"]),
        Route("/console", page, methods=["GET"]),
        Route("/console/{path:path}", page, methods=["GET"]),
    ]


def _path(request: Request) -> str:
    """As it came: what was escaped in it may be nothing that a URL can hold."""
    raw: bytes = request.scope["raw_path"]
    return raw.decode("ascii")


def _passed_on(answer: httpx.Response | None) -> Response:
    """A worker's answer as ours."""
    if answer is None:
        return error(503, "no_worker", "no worker is up", type_="api_error")
    headers = {name: value for name, value in answer.headers.items() if name not in _OWN}
    return Response(answer.content, answer.status_code, headers)
