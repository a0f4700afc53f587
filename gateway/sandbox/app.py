"""The sandbox as one ASGI application."""

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from gateway.sandbox.exchange import Exchange
from gateway.sandbox.requests import broken, unroutable
from gateway.sandbox.sessions_api import SessionsApi
from gateway.sandbox.stream import StreamApi
from gateway.sandbox.tools import Tools


def build_app(exchange: Exchange) -> Starlette:
    """The API under `/v1` and the development tools under `/sandbox`."""
    stream = WebSocketRoute("/v1/sessions/{session_id}/connect", StreamApi(exchange).connect)
    routes = [*SessionsApi(exchange).routes(), stream, *Tools(exchange).routes()]
    handlers = {404: unroutable(exchange), 405: unroutable(exchange), Exception: broken(exchange)}
    return Starlette(routes=routes, exception_handlers=handlers)
