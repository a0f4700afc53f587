"""`/sandbox/…`: what the sandbox has seen, and making it misbehave. For development, on loopback, without a key.

`GET /sandbox/sessions`
    Every session with what it received and sent (`reports.py` describes the fields).
`POST /sandbox/sessions/{id}/say`
    Sends one `audio.output` now: `{"payload": "<base64>", "speaker"?, "encoding"?, "sample_rate_hz"?}`; a `null`
    leaves `encoding` or `sample_rate_hz` out of the message, a word of your own puts it in.
`POST /sandbox/sessions/{id}/cut`
    Drops the session's sockets without a close frame.
`POST /sandbox/faults`
    The next creates meet a fault (`faults.py` describes its fields).
`DELETE /sandbox/faults`
    Forgets the faults that wait.
"""

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.routing import Route

from gateway.sandbox.exchange import Exchange
from gateway.sandbox.faults import parse_fault
from gateway.sandbox.idempotency import Answer
from gateway.sandbox.line import Line
from gateway.sandbox.messages import OutputAudio
from gateway.sandbox.plans import read_as, read_object
from gateway.sandbox.refusals import Refused
from gateway.sandbox.reports import report
from gateway.sandbox.requests import read_body, tool


class SayRequest(Struct):
    """The body of `say`."""

    payload: bytes
    speaker: str | None = None
    """Whose words it is said for: the other speakers hear it. None: every socket does."""
    encoding: str | None = "mulaw"
    sample_rate_hz: int | None = 8000


class Tools:
    """The development endpoints."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def routes(self) -> list[Route]:
        """Where they are."""
        path = "/sandbox/sessions"
        return [
            Route(path, tool(self._exchange, self.sessions)),
            Route(path + "/{session_id}/say", tool(self._exchange, self.say), methods=["POST"]),
            Route(path + "/{session_id}/cut", tool(self._exchange, self.cut), methods=["POST"]),
            Route("/sandbox/faults", tool(self._exchange, self.add_fault), methods=["POST"]),
            Route("/sandbox/faults", tool(self._exchange, self.clear_faults), methods=["DELETE"]),
        ]

    async def sessions(self, _request: Request) -> Answer:
        """Every session, oldest first."""
        found = []
        for session in self._exchange.state.sessions.values():
            line = self._exchange.line(session)
            found.append(report(session, 0 if line is None else line.open_sockets))
        return _json({"sessions": found})

    async def say(self, request: Request) -> Answer:
        """Send one `audio.output`."""
        line = self._line(request)
        wanted = read_as(SayRequest, read_object(await read_body(request)))
        audio = OutputAudio(wanted.payload, wanted.encoding, wanted.sample_rate_hz)
        return _json({"sockets": line.say(wanted.speaker, audio)})

    async def cut(self, request: Request) -> Answer:
        """Drop the sockets."""
        return _json({"sockets": self._line(request).cut()})

    async def add_fault(self, request: Request) -> Answer:
        """Queue a fault."""
        self._exchange.state.faults.add(parse_fault(await read_body(request)))
        return _json({"pending": self._exchange.state.faults.pending})

    async def clear_faults(self, _request: Request) -> Answer:
        """Forget them."""
        self._exchange.state.faults.clear()
        return _json({"pending": 0})

    def _line(self, request: Request) -> Line:
        session = self._exchange.state.find(request.path_params["session_id"])
        line = self._exchange.line(session)
        if line is None or line.open_sockets == 0:
            raise Refused(409, "no_open_sockets", f"Session '{session.id}' has no open socket.")
        return line


def _json(value: object) -> Answer:
    return Answer(200, msgspec.json.encode(value))
