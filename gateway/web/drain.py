"""`POST /drain`: an operator, or a program of theirs, empties this gateway."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.web.errors import error


def drain_route(drain: Callable[[], Awaitable[int]]) -> Route:
    """`drain` begins it, if it has not begun, and says how many calls there are."""

    async def answer(request: Request) -> Response:
        # Whoever can open the console has a browser that reaches this listener, and any page it shows may have a form
        # sent here: without asking, and without reading the answer. Browsers name the page in every POST (Fetch §3.1).
        if "origin" in request.headers:
            return error(403, "not_for_pages", "a web page must not drain a gateway", type_="permission_error")
        return JSONResponse({"draining": True, "calls": await drain()}, status_code=202)

    return Route("/drain", answer, methods=["POST"])
