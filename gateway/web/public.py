"""The public listener's HTTP app; its media sockets are let in by `upgrade`."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.routing import Route

from gateway.carriers.base import WebhookDialect
from gateway.web.errors import UNROUTED
from gateway.web.health import WhyNotReady, health_routes
from gateway.web.webhooks import CarrierWebhooks, WebhookDesk


def public_app(
    dialects: Sequence[WebhookDialect], desk: WebhookDesk, kallglot: Route, why_not_ready: WhyNotReady
) -> Starlette:
    """Webhooks and health."""
    routes = [*health_routes(why_not_ready), kallglot]
    for dialect in dialects:
        routes += CarrierWebhooks(dialect, desk).routes()
    app = Starlette(routes=routes, exception_handlers=UNROUTED)
    # A slash too many is answered as what it is. Starlette would send the carrier, and what it says of the caller, to
    # http:// and whatever `Host` a proxy has left; no signature fits there.
    app.router.redirect_slashes = False
    return app
