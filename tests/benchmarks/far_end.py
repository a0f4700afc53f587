"""A Kallglot that is light on the CPU: it grants sessions by REST, and on their streams it listens and speaks.

It knows of the documented API what a relay needs for one good call. Whether a relay survives a bad one is tested with
`gateway.sandbox`.
"""

import asyncio
import contextlib
import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import msgspec
import uvicorn
from msgspec import Struct
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.benchmarks.tally import Tally, output

_HOST = "127.0.0.1"


class _Audio(Struct):
    payload: bytes


class _AudioInput(Struct, tag="audio.input"):
    audio: _Audio


class _Ping(Struct, tag="ping"):
    pass


class _SessionEnd(Struct, tag="session.end"):
    pass


_decoder = msgspec.json.Decoder(_AudioInput | _Ping | _SessionEnd)


class Session(WSListener):
    """One session and its stream."""

    def __init__(self, voice: int) -> None:
        super().__init__()
        self.id = f"sess_{secrets.token_hex(8)}"
        self.token = secrets.token_urlsafe(16)
        self.heard = Tally()
        self.said = Tally()
        self.connected = asyncio.Event()
        self.over = asyncio.Event()
        self._next = voice
        self._transport: WSTransport | None = None

    def say(self) -> None:
        """Send 100 ms of audio."""
        if self._transport is None:
            return
        audio, payload = output(self._next)
        self._next += 1
        self.said.add(audio)
        message = (
            b'{"type":"audio.output","speaker":"agent","sequence":%d,'
            b'"audio":{"encoding":"mulaw","sample_rate_hz":8000,"payload":"%b"}}'
        )
        self._transport.send(WSMsgType.TEXT, message % (self.said.messages, payload))

    def end(self) -> None:
        """Nothing is taken or said any more."""
        self.over.set()

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Somebody came with the right token."""
        self._transport = transport
        self._tell({"type": "session.ready", "session_id": self.id})
        self.connected.set()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """One message."""
        if frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif frame.msg_type == WSMsgType.TEXT:
            self._take(_decoder.decode(frame.get_payload_as_bytes()))

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The stream is gone."""
        self._transport = None

    def _take(self, message: _AudioInput | _Ping | _SessionEnd) -> None:
        match message:
            case _AudioInput(audio=audio):
                self.heard.add(audio.payload)
            case _Ping():
                self._tell({"type": "pong", "session_id": self.id})
            case _SessionEnd():
                self._tell({"type": "session.ended", "session_id": self.id, "reason": "explicit_end"})
                self.end()

    def _tell(self, message: dict[str, str]) -> None:
        if self._transport is not None:
            self._transport.send(WSMsgType.TEXT, msgspec.json.encode(message))


@dataclass(slots=True)
class FarEnd:
    """All sessions, by their id and by the carrier's call id in their metadata."""

    rest_port: int = 0
    stream_port: int = 0
    sessions: dict[str, Session] = field(default_factory=dict)
    by_call: dict[str, Session] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        """What a relay is configured with."""
        return f"http://{_HOST}:{self.rest_port}/v1"

    async def create(self, request: Request) -> JSONResponse:
        """`POST /v1/sessions`."""
        body = await request.json()
        session = Session(voice=3 * len(self.sessions))
        self.sessions[session.id] = session
        self.by_call[body["metadata"]["twilio_call_sid"]] = session
        return JSONResponse(self._describe(session), 201)

    async def retrieve(self, request: Request) -> JSONResponse:
        """`GET /v1/sessions/{id}`."""
        return JSONResponse(self._describe(self.sessions[request.path_params["id"]]))

    async def end(self, request: Request) -> JSONResponse:
        """`POST /v1/sessions/{id}/end`."""
        session = self.sessions[request.path_params["id"]]
        session.end()
        return JSONResponse({"id": session.id, "object": "session", "status": "ended", "duration_seconds": 1.0})

    def open(self, request: WSUpgradeRequest) -> Session | None:
        """The session whose stream is asked for; None is answered with 404."""
        address = urlsplit(request.path.decode())
        session = self.sessions.get(address.path.split("/")[3])
        tokens = parse_qs(address.query).get("token", [])
        return session if session is not None and tokens == [session.token] else None

    def _describe(self, session: Session) -> dict[str, object]:
        return {
            "id": session.id,
            "object": "session",
            "status": "ended" if session.over.is_set() else "created",
            "mode": "bidirectional_translation",
            "provider": "twilio",
            "stream": {
                "url": f"ws://{_HOST}:{self.stream_port}/v1/sessions/{session.id}/connect",
                "token": session.token,
                "expires_at": "2100-01-01T00:00:00Z",
            },
        }


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def run_far_end() -> AsyncIterator[FarEnd]:
    """A far end on free ports of the loopback interface."""
    far_end = FarEnd()
    routes = [
        Route("/v1/sessions", far_end.create, methods=["POST"]),
        Route("/v1/sessions/{id}", far_end.retrieve),
        Route("/v1/sessions/{id}/end", far_end.end, methods=["POST"]),
    ]
    streams = await ws_create_server(far_end.open, _HOST, 0)
    far_end.stream_port = streams.sockets[0].getsockname()[1]
    with socket.create_server((_HOST, 0)) as listener:
        far_end.rest_port = listener.getsockname()[1]
        server = _Server(uvicorn.Config(Starlette(routes=routes), ws="none", lifespan="off", log_level="warning"))
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server.serve(sockets=[listener]))
            try:
                yield far_end
            finally:
                server.should_exit = True
                await serving
                streams.close()
