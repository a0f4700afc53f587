"""The public listener's HTTP app; its media sockets are in `sockets`."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.carriers.base import WebhookDialect
from gateway.web.errors import error
from gateway.web.health import WhyNotReady, health_routes
from gateway.web.webhooks import CarrierWebhooks, WebhookDesk


def public_app(
    dialects: Sequence[WebhookDialect], desk: WebhookDesk, kallglot: Route, why_not_ready: WhyNotReady
) -> Starlette:
    """Webhooks and health."""
    routes = [*health_routes(why_not_ready), kallglot]
    for dialect in dialects:
        routes += CarrierWebhooks(dialect, desk).routes()
    app = Starlette(routes=routes, exception_handlers={404: _not_found, 405: _not_allowed})
    # A slash too many is answered as what it is. Starlette would send the carrier, and what it says of the caller, to
    # http:// and whatever `Host` a proxy has left; no signature fits there.
    app.router.redirect_slashes = False
    return app


async def _not_found(_request: Request, _exc: Exception) -> Response:
    return error(404, "not_found", "there is nothing at this path")


async def _not_allowed(_request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException), "Starlette hands over what the handler is registered for"
    allowed = ", ".join(sorted((exc.headers or {})["Allow"].split(", ")))
    answer = error(405, "method_not_allowed", f"this path takes {allowed}")
    answer.headers["Allow"] = allowed  # RFC 9110 §15.5.6: a 405 says what is allowed
    return answer
