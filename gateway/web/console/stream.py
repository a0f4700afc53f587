"""The live calls as server-sent events, for as long as somebody watches.

Wire reference: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from gateway.errors import CapacityError
from gateway.web.console.broadcast import Broadcast
from gateway.web.errors import error

_RETRY = b"retry: 2000\n\n"
"""Milliseconds after which a browser whose connection was lost tries again."""

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""A proxy that collects events before it passes them on would show the past."""


class LiveStream:
    """The ASGI app behind one path."""

    def __init__(self, broadcast: Broadcast) -> None:
        self._broadcast = broadcast

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with self._broadcast.watching():
                events = StreamingResponse(self._events(), media_type="text/event-stream", headers=_HEADERS)
                await events(scope, receive, send)
        except CapacityError as exc:
            await error(503, "too_many_viewers", str(exc))(scope, receive, send)

    async def _events(self) -> AsyncIterator[bytes]:
        yield _RETRY
        seen = 0
        while (edition := await self._broadcast.next(seen)) is not None:
            seen = edition.number
            yield b"id: %d\ndata: %b\n\n" % (seen, edition.data)
