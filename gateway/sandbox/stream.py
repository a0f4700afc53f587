"""`GET /v1/sessions/{id}/connect?token=…`: the stream WebSocket."""

import asyncio
from collections.abc import Callable
from typing import cast

from starlette.websockets import WebSocket

from gateway.sandbox.answers import refusal_response
from gateway.sandbox.exchange import Exchange
from gateway.sandbox.line import Line
from gateway.sandbox.refusals import ErrorType, Refused
from gateway.sandbox.session import Session
from gateway.sandbox.sockets import EXTENSION, StreamSocket


class StreamApi:
    """Lets sockets with a good token in; all others get an HTTP answer and no upgrade."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def connect(self, websocket: WebSocket) -> None:
        """Serve one socket for as long as it is open."""
        try:
            session, line = self._admit(websocket)
        except Refused as refused:
            request_id = self._exchange.new_request_id()
            await websocket.send_denial_response(refusal_response(refused, request_id))
            return
        await websocket.accept()
        abort = cast("Callable[[], None]", websocket.scope["extensions"][EXTENSION]["abort"])
        with self._exchange.joined(session, line, abort) as socket:
            async with asyncio.TaskGroup() as tasks:
                writer = tasks.create_task(socket.write(websocket))
                await self._read(websocket, line, socket)
                writer.cancel()

    def _admit(self, websocket: WebSocket) -> tuple[Session, Line]:
        """Check the token, the only time it is checked.

        Raises:
            Refused: 404 for an unknown session, 403 for a token that does not open it or a session that is over.
        """
        session = self._exchange.state.find(websocket.path_params["session_id"])
        token = websocket.query_params.get("token", "")
        fault = session.tokens.check(token, self._exchange.clock.unix_ms())
        if fault is not None:
            message = "The stream token does not open this session, or no longer."
            raise Refused(403, fault, message, kind=ErrorType.AUTHENTICATION)
        line = self._exchange.line(session)
        if line is None:
            raise Refused(403, "session_ended", "The session has ended.")
        return session, line

    async def _read(self, websocket: WebSocket, line: Line, socket: StreamSocket) -> None:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            line.receive(socket, message["bytes"] if text is None else text)
