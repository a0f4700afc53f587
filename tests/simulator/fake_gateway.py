"""A gateway of a few lines, on loopback, that does what a test tells it to."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from twilio.request_validator import RequestValidator

Media = Callable[["Session"], Awaitable[None]]


@dataclass
class Asked:
    """A webhook as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    parameters: dict[str, str]


def signed_by_twilio(asked: Asked, url: str) -> bool:
    """Whether it was, for this URL, with the token `secret`."""
    valid: bool = RequestValidator("secret").validate(url, asked.parameters, asked.headers["x-twilio-signature"])
    return valid


@dataclass
class Session:
    """A media socket: what came, and a way to answer."""

    socket: WebSocket
    headers: Mapping[str, str]
    path: str
    messages: list[dict[str, Any]] = field(default_factory=list)
    lost: bool = False
    """The socket ended without a close handshake of the carrier's."""

    async def next(self) -> dict[str, Any] | None:
        """The next message, or None when the socket is closed."""
        try:
            message: dict[str, Any] = json.loads(await self.socket.receive_text())
        except WebSocketDisconnect as exc:
            self.lost = exc.code == 1006
            return None
        self.messages.append(message)
        return message

    async def until(self, event: str) -> dict[str, Any]:
        """Read up to the next message of a kind."""
        while (message := await self.next()) is not None:
            if message["event"] == event:
                return message
        raise AssertionError(f"the socket was closed before {event!r} came")

    async def send(self, **message: Any) -> None:
        """Send a message as it is."""
        await self.socket.send_text(json.dumps(message))


class FakeGateway:
    """Answers webhooks with the documents of `documents` by path, in order, the last again and again."""

    def __init__(self, documents: Mapping[str, list[str | Response]], media: Media | None) -> None:
        self._documents = documents
        self._media = media
        self.asked: list[Asked] = []
        self.sessions: list[Session] = []
        self.url = ""
        routes = [
            Route("/{path:path}", self._webhook, methods=["GET", "POST"]),
            WebSocketRoute("/{path:path}", self._socket),
        ]
        self.app = Starlette(routes=routes)

    def of(self, path: str) -> list[Asked]:
        """The webhooks that came for a path."""
        return [asked for asked in self.asked if asked.path == path]

    async def _webhook(self, request: Request) -> Response:
        body = await request.body()
        raw = body.decode() if request.method == "POST" else request.url.query
        parameters = dict(parse_qsl(raw, keep_blank_values=True))
        asked = Asked(request.method, request.url.path, request.headers, body, parameters)
        before = len(self.of(asked.path))
        self.asked.append(asked)
        documents = self._documents.get(asked.path)
        if documents is None:
            return Response(status_code=204)
        answer = documents[min(before, len(documents) - 1)]
        if isinstance(answer, Response):
            return answer
        return Response(answer.replace("ws://gateway", self.url.replace("http", "ws")), media_type="text/xml")

    async def _socket(self, socket: WebSocket) -> None:
        if self._media is None:
            await socket.close()  # before it was accepted: HTTP 403
            return
        await socket.accept()
        session = Session(socket, socket.headers, socket.url.path)
        self.sessions.append(session)
        await self._media(session)


@asynccontextmanager
async def running(
    documents: Mapping[str, list[str | Response]], media: Media | None = None
) -> AsyncIterator[FakeGateway]:
    """A fake gateway on a free port for as long as the block lasts."""
    gateway = FakeGateway(documents, media)
    config = uvicorn.Config(gateway.app, port=0, log_level="error", ws="websockets-sansio", lifespan="off")
    server = _Server(config)
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server.serve())
        await server.is_up.wait()
        port = server.servers[0].sockets[0].getsockname()[1]
        gateway.url = f"http://127.0.0.1:{port}"
        try:
            yield gateway
        finally:
            server.should_exit = True
            await serving


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()


async def echo(session: Session) -> None:
    """Say back each frame as it comes, in Twilio's or Telnyx' dialect."""
    while (message := await session.next()) is not None:
        if message["event"] == "media":
            reply: dict[str, Any] = {"event": "media", "media": {"payload": message["media"]["payload"]}}
            if "streamSid" in message:
                reply["streamSid"] = message["streamSid"]
            await session.send(**reply)


async def listen(session: Session) -> None:
    """Say nothing, and read until the caller is gone."""
    while await session.next() is not None:
        pass
