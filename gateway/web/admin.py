"""The admin listener's HTTP app: metrics, health, live calls. Never on the internet."""

from collections.abc import Callable, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.bridge.relay import Relay
from gateway.bridge.switchboard import Switchboard
from gateway.calls import CallId
from gateway.clock import Clock
from gateway.web.errors import error
from gateway.web.health import WhyNotReady, health_routes


def admin_app(
    registry: CollectorRegistry,
    switchboard: Switchboard,
    clock: Clock,
    why_not_ready: WhyNotReady,
    begin_drain: Callable[[], None],
) -> Starlette:
    """What operators and Prometheus ask; `begin_drain` empties the replica, once."""

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    async def calls(_request: Request) -> Response:
        return JSONResponse({"calls": [_describe(relay, clock) for relay in switchboard.live()]})

    async def call(request: Request) -> Response:
        relay = switchboard.find(CallId(request.path_params["call_id"]))
        if relay is None:
            return error(404, "not_found", "no such call is live here")
        return JSONResponse(_describe(relay, clock))

    async def drain(_request: Request) -> Response:
        begin_drain()
        return JSONResponse({"draining": True, "calls": len(switchboard)}, status_code=202)

    return Starlette(
        routes=[
            *health_routes(why_not_ready),
            Route("/metrics", metrics, methods=["GET"]),
            Route("/calls", calls, methods=["GET"]),
            Route("/calls/{call_id}", call, methods=["GET"]),
            Route("/drain", drain, methods=["POST"]),
        ]
    )


def _describe(relay: Relay, clock: Clock) -> Mapping[str, object]:
    """One live call; numbers are not even known here."""
    record, counts = relay.record, relay.counts
    return {
        "call_id": record.call_id,
        "carrier": record.carrier,
        "carrier_call_id": record.carrier_call_id,
        "session_id": record.session.session_id if record.session else None,
        "route": record.route,
        "state": relay.state,
        "seconds": (clock.unix_ms() - record.created_ms) / 1000,
        "resumed": len(record.resumed_ms),
        "frames_in": counts.frames_in,
        "frames_out": counts.frames_out,
        "chunks_out": counts.chunks_out,
        "gap_frames": counts.gap_frames,
        "heard_ms": counts.heard_ms,
        "setup_ms": relay.setup_ms,
    }
