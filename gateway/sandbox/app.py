"""The sandbox as one ASGI application."""

from starlette.applications import Starlette
from starlette.routing import Route

from gateway.sandbox.agents_api import AgentsApi
from gateway.sandbox.analyses_api import AnalysesApi
from gateway.sandbox.docs import Docs
from gateway.sandbox.exchange import Exchange
from gateway.sandbox.operations import Operation
from gateway.sandbox.recordings_api import RecordingsApi
from gateway.sandbox.requests import authenticated, broken, unroutable, without_upgrade
from gateway.sandbox.sessions_api import SessionsApi
from gateway.sandbox.sip_api import SipApi
from gateway.sandbox.tools import Tools


def operations(exchange: Exchange) -> list[Operation]:
    """All that the API can do."""
    apis = (SessionsApi, SipApi, RecordingsApi, AnalysesApi, AgentsApi)
    return [operation for api in apis for operation in api(exchange).operations()]


def build_app(exchange: Exchange) -> Starlette:
    """The API under `/v1`, its description, the tools under `/sandbox`; streams are opened by `stream.py`."""
    offered = operations(exchange)
    api = [
        Route(operation.path, authenticated(exchange, operation), methods=[operation.method]) for operation in offered
    ]
    stream = Route("/v1/sessions/{session_id}/connect", without_upgrade(exchange))
    routes = [stream, *Docs(exchange, offered).routes(), *Tools(exchange).routes()]
    handlers = {404: unroutable(exchange), 405: unroutable(exchange), Exception: broken(exchange)}
    app = Starlette(routes=[*api, *routes], exception_handlers=handlers)
    # A path with a slash too many is none of the API's: no redirection, which no document has.
    app.router.redirect_slashes = False
    return app
