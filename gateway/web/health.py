"""Alive, and ready: what load balancers and Kubernetes ask."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

WhyNotReady = Callable[[], Awaitable[list[str]]]
"""What keeps this replica from taking new calls; nothing where it is ready."""


def health_routes(why_not_ready: WhyNotReady) -> list[Route]:
    """`/livez` and `/readyz`."""

    async def livez(_request: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def readyz(_request: Request) -> Response:
        reasons = await why_not_ready()
        if reasons:
            return JSONResponse({"ready": False, "reasons": reasons}, status_code=503)
        return JSONResponse({"ready": True, "reasons": []})

    return [Route("/livez", livez, methods=["GET"]), Route("/readyz", readyz, methods=["GET"])]
