"""One open stream socket: what waits to be written to it, and how to cut it."""

import asyncio
import contextlib
from collections.abc import Callable

from starlette.websockets import WebSocket, WebSocketDisconnect
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from gateway.sandbox.journal import SocketId

OUTBOX_MESSAGES = 4096
"""What may wait for a client that reads slowly: almost seven minutes of 100 ms pieces sent in a burst."""

NORMAL_CLOSURE = 1000
"""RFC 6455 §7.4.1."""

EXTENSION = "gateway.sandbox"
"""Where the ASGI scope carries what ASGI itself has no word for."""


class SandboxWebSockets(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket protocol, whose connection the application may abort."""

    async def run_asgi(self) -> None:
        """Run the application with `abort` in the scope's extensions."""
        self.scope["extensions"][EXTENSION] = {"abort": self.transport.abort}
        await super().run_asgi()

    async def send(self, message: ASGISendEvent) -> None:
        """Send, and take a refusal for a complete handshake: uvicorn logs it as a missing one."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
            self.handshake_complete = True


class StreamSocket:
    """The writing side of a socket; its reader is `stream.py`."""

    def __init__(self, socket_id: SocketId, abort: Callable[[], None]) -> None:
        self.id = socket_id
        self._abort = abort
        self._outbox: asyncio.Queue[str | None] = asyncio.Queue(OUTBOX_MESSAGES)

    def send(self, text: str) -> None:
        """Queue a message; a client that reads too slowly is cut off."""
        self._put(text)

    def close(self) -> None:
        """Close after what is queued."""
        self._put(None)

    def cut(self) -> None:
        """Drop the connection without a word."""
        self._abort()

    async def write(self, websocket: WebSocket) -> None:
        """Write what is queued until it is time to close, or the client has gone."""
        with contextlib.suppress(WebSocketDisconnect):
            while (text := await self._outbox.get()) is not None:
                await websocket.send_text(text)
            await websocket.close(NORMAL_CLOSURE)

    def _put(self, text: str | None) -> None:
        try:
            self._outbox.put_nowait(text)
        except asyncio.QueueFull:
            self.cut()
