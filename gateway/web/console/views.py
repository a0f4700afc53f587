"""The console's paths. All answer GET alone: there is nothing to change here."""

from pathlib import Path

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from gateway.calls import CallId, Carrier, CarrierCallId, call_id_for
from gateway.errors import RecordingError, StoreUnavailableError
from gateway.web.console.broadcast import Broadcast
from gateway.web.console.pages import call_page, live_page, trouble_page
from gateway.web.console.protection import Protection
from gateway.web.console.story import Stories
from gateway.web.console.stream import LiveStream

_STATIC = Path(__file__).parent / "static"


def console_routes(broadcast: Broadcast, stories: Stories) -> list[BaseRoute]:
    """`/console` and what is below."""

    async def live(_request: Request) -> Response:
        return HTMLResponse(live_page())

    async def call(request: Request) -> Response:
        return await _call(stories, CallId(request.path_params["call_id"]))

    async def find(request: Request) -> Response:
        return await _find(stories, request.query_params.get("id", "").strip())

    async def nowhere(_request: Request) -> Response:
        return _trouble(404, "Nothing here", "The console has no such page.")

    protection = [Middleware(Protection)]
    below = [
        Route("/", live, methods=["GET"]),
        Route("/events", LiveStream(broadcast), methods=["GET"]),
        Route("/find", find, methods=["GET"]),
        Route("/calls/{call_id}", call, methods=["GET"]),
        Mount("/static", StaticFiles(directory=_STATIC)),
        Route("/{path:path}", nowhere, methods=["GET"]),
    ]
    return [
        Route("/console", live, methods=["GET"], middleware=protection),
        Mount("/console", routes=below, middleware=protection),
    ]


async def _call(stories: Stories, call_id: CallId) -> Response:
    try:
        story = await stories.find(call_id)
    except StoreUnavailableError:
        return _trouble(503, "The store does not answer", "Calls are looked up there; try again in a moment.")
    except RecordingError as exc:
        return _trouble(500, "This call’s black box cannot be opened", f"{exc}.")
    if story is None:
        return _trouble(
            404, "No such call", "It is not live here, and nothing is kept of it: it is too long ago, or never was."
        )
    return HTMLResponse(call_page(story))


async def _find(stories: Stories, wanted: str) -> Response:
    """The call by our id, or by its carrier's, of which ours is made."""
    candidates = [CallId(wanted), *(call_id_for(carrier, CarrierCallId(wanted)) for carrier in Carrier)]
    for call_id in candidates if wanted else ():
        try:
            is_known = await stories.find(call_id) is not None
        except (StoreUnavailableError, RecordingError):
            is_known = True  # its own page says what is wrong
        if is_known:
            return RedirectResponse(f"/console/calls/{call_id}", status_code=303)
    return _trouble(404, "No such call", "Neither a call of ours nor one of a carrier’s with that id is known here.")


def _trouble(status: int, title: str, sentence: str) -> Response:
    return HTMLResponse(trouble_page(title, sentence), status_code=status)
