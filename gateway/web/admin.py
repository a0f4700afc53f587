"""The admin listener's HTTP app: metrics, health, calls. Never on the internet."""

from collections.abc import Callable, Sequence

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.bridge.report import of_live_call, of_past_call
from gateway.bridge.switchboard import Switchboard
from gateway.calls import CallId
from gateway.clock import Clock
from gateway.errors import RecordingError, StoreUnavailableError
from gateway.store.ledger import Ledger
from gateway.web.drain import drain_route
from gateway.web.errors import UNROUTED, error
from gateway.web.health import WhyNotReady, health_routes
from gateway.web.rebinding import NoRebinding


def admin_app(
    registry: CollectorRegistry,
    switchboard: Switchboard,
    ledger: Ledger,
    clock: Clock,
    why_not_ready: WhyNotReady,
    begin_drain: Callable[[], None],
    console: Sequence[BaseRoute],
) -> Starlette:
    """What operators and Prometheus ask; `begin_drain` empties the replica, once, and `console` is for the eye."""

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    async def calls(_request: Request) -> Response:
        return _json({"calls": switchboard.snapshots()})

    async def call(request: Request) -> Response:
        call_id = CallId(request.path_params["call_id"])
        relay = switchboard.find(call_id)
        if relay is not None:
            return _json(of_live_call(relay, clock.unix_ms()))
        try:
            past = await ledger.recall(call_id, clock.unix_ms())
            if past is not None:
                return _json(of_past_call(past, clock.unix_ms()))
        except StoreUnavailableError as exc:
            return error(503, "store_unavailable", str(exc), type_="api_error")
        except RecordingError as exc:
            return error(404, "not_found", str(exc))
        return error(404, "not_found", "no such call is live here, or kept")

    async def drain() -> int:
        begin_drain()
        return len(switchboard)

    return Starlette(
        routes=[
            *health_routes(why_not_ready),
            Route("/metrics", metrics, methods=["GET"]),
            Route("/calls", calls, methods=["GET"]),
            Route("/calls/{call_id}", call, methods=["GET"]),
            drain_route(drain),
            *console,
        ],
        exception_handlers=UNROUTED,
        middleware=[Middleware(NoRebinding)],
    )


def _json(body: object) -> Response:
    return Response(msgspec.json.encode(body), media_type="application/json")
