"""A Kallglot that is light on the CPU: it grants sessions by REST, and on their streams it listens and speaks.

It knows of the documented API what a relay needs for one good call. Whether a relay survives a bad one is tested with
`gateway.sandbox`.
"""

import asyncio
import contextlib
import secrets
import socket
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import msgspec
import uvicorn
from msgspec import Struct
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from websockets.headers import parse_connection
from websockets.utils import accept_key

from tests.benchmarks.delays import Delays
from tests.benchmarks.tally import Tally, output
from tests.benchmarks.ticker import Ticker, run_ticker
from tests.benchmarks.wire import Tls, Wire

_HOST = "127.0.0.1"
_AUDIO_BYTES = 250
"""A message that is longer brings audio."""


class _Audio(Struct):
    payload: bytes


class _AudioInput(Struct, tag="audio.input"):
    audio: _Audio


class _Ping(Struct, tag="ping"):
    pass


class _SessionEnd(Struct, tag="session.end"):
    pass


_decoder = msgspec.json.Decoder(_AudioInput | _Ping | _SessionEnd)


class Session:
    """One session and its stream."""

    def __init__(self, voice: int) -> None:
        self.id = f"sess_{secrets.token_hex(8)}"
        self.token = secrets.token_urlsafe(16)
        self.heard = Tally()
        self.said = Tally()
        self.heard_delays: Delays | None = None
        self.said_delays: Delays | None = None
        """Where somebody wants to know them."""
        self.connected = asyncio.Event()
        self.over = asyncio.Event()
        self._next = voice
        self._checks = True
        self._wire: Wire | None = None

    @property
    def heard_messages(self) -> int:
        """Audio from the relay."""
        return self.heard.messages + (self._wire.skipped if self._wire is not None else 0)

    def count_only(self) -> None:
        """Messages of audio are counted from now on and not looked into."""
        self._checks = False
        if self._wire is not None:
            self._wire.skips_above = _AUDIO_BYTES

    def note_times(self, ticker: Ticker) -> None:
        """Both delays are noted from now on."""
        if self._wire is not None:
            self._wire.note_times()
            ticker.time(self._wire)

    def say(self) -> None:
        """Send 100 ms of audio."""
        if self._wire is None:
            return
        audio, payload = output(self._next)
        self._next += 1
        message = (
            b'{"type":"audio.output","speaker":"agent","sequence":%d,'
            b'"audio":{"encoding":"mulaw","sample_rate_hz":8000,"payload":"%b"}}'
        ) % (self.said.messages + 1, payload)
        if not self._checks:
            self.said.messages += 1
        else:
            size = self.said.add(audio)
            if self.said_delays is not None:
                self.said_delays.sent(size, time.time_ns())
        self._wire.send(message)

    def transcribe(self, speaker: str) -> None:
        """A word was heard of that speaker."""
        self._tell({"type": "transcript.partial", "speaker": speaker, "text": "Moment"})

    def end(self) -> None:
        """Nothing is taken or said any more."""
        self.over.set()

    def connect(self, wire: Wire) -> None:
        """Somebody came with the right token."""
        self._wire = wire
        self._tell({"type": "session.ready", "session_id": self.id})
        self.connected.set()

    def received(self, text: bytes, at_ns: int) -> None:
        """One message."""
        match _decoder.decode(text):
            case _AudioInput(audio=audio):
                size = self.heard.add(audio.payload)
                if self.heard_delays is not None:
                    self.heard_delays.arrived(size, at_ns)
            case _Ping():
                self._tell({"type": "pong", "session_id": self.id})
            case _SessionEnd():
                self._tell({"type": "session.ended", "session_id": self.id, "reason": "explicit_end"})
                self.end()

    def _tell(self, message: dict[str, str]) -> None:
        if self._wire is not None:
            self._wire.send(msgspec.json.encode(message))


class _Visitor:
    """A connection to the streams' port, until its request is read; then it is its session's."""

    def __init__(self, far_end: "FarEnd", sock: socket.socket) -> None:
        self._far_end = far_end
        self._session: Session | None = None
        self.wire = Wire(sock, self, connects=False, tls=far_end.tls())

    def head(self, head: bytes) -> None:
        request, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        self._session = self._far_end.open(request.split(" ")[1])
        if self._session is None or "upgrade" not in map(str.lower, parse_connection(headers["connection"])):
            self.wire.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        accepted = accept_key(headers["sec-websocket-key"]).encode()
        self.wire.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: %b\r\n\r\n" % accepted
        )
        self._session.connect(self.wire)

    def received(self, text: bytes, at_ns: int) -> None:
        if self._session is not None:
            self._session.received(text, at_ns)

    def lost(self) -> None:
        """The session is not over for that."""


class _Door:
    """The streams' port."""

    def __init__(self, far_end: "FarEnd", listener: socket.socket, ticker: Ticker) -> None:
        listener.setblocking(False)  # noqa: FBT003 - the standard library's signature
        self._far_end, self._listener, self._ticker = far_end, listener, ticker

    def fileno(self) -> int:
        return self._listener.fileno()

    def read(self) -> None:
        """Let in whoever has come."""
        with contextlib.suppress(BlockingIOError):
            while True:
                sock, _ = self._listener.accept()
                self._ticker.add(_Visitor(self._far_end, sock).wire)


@dataclass(slots=True)
class FarEnd:
    """All sessions, by their id and by the carrier's call id in their metadata."""

    ticker: Ticker
    trust: ssl.SSLContext | None = None
    """What its streams are served with, where that is TLS."""
    rest_port: int = 0
    stream_port: int = 0
    sessions: dict[str, Session] = field(default_factory=dict)
    by_call: dict[str, Session] = field(default_factory=dict)
    took_s: dict[str, float] = field(default_factory=dict)
    """To create each call's session."""

    @property
    def base_url(self) -> str:
        """What a relay is configured with."""
        return f"http://{_HOST}:{self.rest_port}/v1"

    def grant(self, call_id: str) -> Session:
        """A new session."""
        session = Session(voice=3 * len(self.sessions))
        self.sessions[session.id] = session
        self.by_call[call_id] = session
        return session

    def forget(self, call_id: str) -> None:
        """The call is over: only its id is still known."""
        del self.by_call[call_id]
        self.took_s.pop(call_id, None)

    def tls(self) -> Tls | None:
        """For one more connection."""
        return Tls(self.trust) if self.trust is not None else None

    async def create(self, request: Request) -> JSONResponse:
        """`POST /v1/sessions`."""
        began_s = time.perf_counter()
        metadata = (await request.json())["metadata"]
        call_id = metadata.get("twilio_call_sid") or metadata["telnyx_call_sid"]
        answer = JSONResponse(self._describe(self.grant(call_id)), 201)
        self.took_s[call_id] = time.perf_counter() - began_s
        return answer

    async def retrieve(self, request: Request) -> JSONResponse:
        """`GET /v1/sessions/{id}`."""
        return JSONResponse(self._describe(self.sessions[request.path_params["id"]]))

    async def end(self, request: Request) -> JSONResponse:
        """`POST /v1/sessions/{id}/end`."""
        session = self.sessions[request.path_params["id"]]
        session.end()
        return JSONResponse({"id": session.id, "object": "session", "status": "ended", "duration_seconds": 1.0})

    def open(self, target: str) -> Session | None:
        """The session whose stream is asked for; None is answered with 404."""
        address = urlsplit(target)
        session = self.sessions.get(address.path.split("/")[3])
        tokens = parse_qs(address.query).get("token", [])
        return session if session is not None and tokens == [session.token] else None

    def _describe(self, session: Session) -> dict[str, object]:
        scheme = "ws" if self.trust is None else "wss"
        return {
            "id": session.id,
            "object": "session",
            "status": "ended" if session.over.is_set() else "created",
            "mode": "bidirectional_translation",
            "provider": "twilio",
            "stream": {
                "url": f"{scheme}://{_HOST}:{self.stream_port}/v1/sessions/{session.id}/connect",
                "token": session.token,
                "expires_at": "2100-01-01T00:00:00Z",
            },
        }


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def run_far_end(trust: ssl.SSLContext | None = None) -> AsyncIterator[FarEnd]:
    """A far end on free ports of the loopback interface, its streams over TLS where `trust` is given."""
    async with run_ticker() as ticker:
        far_end = FarEnd(ticker, trust)
        routes = [
            Route("/v1/sessions", far_end.create, methods=["POST"]),
            Route("/v1/sessions/{id}", far_end.retrieve),
            Route("/v1/sessions/{id}/end", far_end.end, methods=["POST"]),
        ]
        with (
            socket.create_server((_HOST, 0), backlog=1024) as streams,
            socket.create_server((_HOST, 0)) as listener,
        ):
            far_end.stream_port = streams.getsockname()[1]
            far_end.rest_port = listener.getsockname()[1]
            ticker.add(_Door(far_end, streams, ticker))
            server = _Server(uvicorn.Config(Starlette(routes=routes), ws="none", lifespan="off", log_level="warning"))
            async with asyncio.TaskGroup() as tasks:
                serving = tasks.create_task(server.serve(sockets=[listener]))
                try:
                    yield far_end
                finally:
                    server.should_exit = True
                    await serving
