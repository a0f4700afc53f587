"""`/sandbox/…`: what the sandbox has seen, and making it misbehave. For development, on loopback, without a key.

`GET /sandbox/sessions`
    Every session with what it received and sent (`reports.py` describes the fields).
`POST /sandbox/sessions/{id}/say`
    Sends one `audio.output` now: `{"payload": "<base64>", "speaker"?, "encoding"?, "sample_rate_hz"?}`; a `null`
    leaves `encoding` or `sample_rate_hz` out of the message, a word of your own puts it in.
`POST /sandbox/sessions/{id}/cut`
    Drops the session's sockets without a close frame.
`POST /sandbox/sessions/{id}/consent`
    `{"state": "granted"}`: what the parties say of their recording; Kallglot has no documented endpoint for it.
`POST /sandbox/credits`
    `{"remaining": 0}`: so many credits are left.
`GET`, `POST /sandbox/webhooks`, `DELETE /sandbox/webhooks/{id}`
    The endpoints that events are sent to, as the portal would manage them: `{"url", "secret"?, "events"?}`.
`GET /sandbox/deliveries`
    What has become of the latest events.
`POST /sandbox/faults`
    The next requests or streams meet a fault (`faults.py` describes its fields).
`DELETE /sandbox/faults`
    Forgets the faults that wait.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.routing import Route

from gateway.sandbox.bodies import check_choice, read_as, read_object
from gateway.sandbox.exchange import Exchange
from gateway.sandbox.faults import parse_fault
from gateway.sandbox.idempotency import Answer
from gateway.sandbox.line import Line
from gateway.sandbox.messages import OutputAudio
from gateway.sandbox.organization import Endpoint
from gateway.sandbox.plans import Consent
from gateway.sandbox.refusals import ErrorType, Refused
from gateway.sandbox.reports import report
from gateway.sandbox.requests import read_body, tool


class SayRequest(Struct):
    """The body of `say`."""

    payload: bytes
    speaker: str | None = None
    """Whose words it is said for: the other speakers hear it. None: every socket does."""
    encoding: str | None = "mulaw"
    sample_rate_hz: int | None = 8000


class ConsentRequest(Struct):
    """The body of `consent`."""

    state: str


class CreditsRequest(Struct):
    """The body of `credits`."""

    remaining: Annotated[int, Meta(ge=0)]


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
            Route(path + "/{session_id}/consent", tool(self._exchange, self.consent), methods=["POST"]),
            Route("/sandbox/credits", tool(self._exchange, self.set_credits), methods=["POST"]),
            Route("/sandbox/webhooks", tool(self._exchange, self.webhooks)),
            Route("/sandbox/webhooks", tool(self._exchange, self.add_webhook), methods=["POST"]),
            Route("/sandbox/webhooks/{endpoint_id}", tool(self._exchange, self.remove_webhook), methods=["DELETE"]),
            Route("/sandbox/deliveries", tool(self._exchange, self.deliveries)),
            Route("/sandbox/faults", tool(self._exchange, self.add_fault), methods=["POST"]),
            Route("/sandbox/faults", tool(self._exchange, self.clear_faults), methods=["DELETE"]),
        ]

    async def sessions(self, _request: Request) -> Answer:
        """Every session, oldest first."""
        found = []
        for session in self._exchange.state.sessions.values():
            line = self._exchange.line(session)
            found.append(report(session, 0 if line is None else line.open_sockets, self._exchange.clock.unix_ms()))
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

    async def consent(self, request: Request) -> Answer:
        """Grant or deny a recording."""
        session = self._exchange.state.find(request.path_params["session_id"])
        wanted = read_as(ConsentRequest, read_object(await read_body(request)))
        check_choice("state", wanted.state, list(Consent))
        session.consent = wanted.state
        self._exchange.state.keep_session(session)
        return _json({"state": session.consent})

    async def set_credits(self, request: Request) -> Answer:
        """Leave so many."""
        wanted = read_as(CreditsRequest, read_object(await read_body(request)))
        self._exchange.state.credits.remaining = wanted.remaining
        self._exchange.state.keep_credits()
        return _json({"remaining": wanted.remaining})

    async def webhooks(self, _request: Request) -> Answer:
        """The endpoints, without their secrets."""
        endpoints = self._exchange.postman.endpoints.items()
        return _json(
            {"webhooks": [{"id": key, "url": each.url, "events": sorted(each.events)} for key, each in endpoints]}
        )

    async def add_webhook(self, request: Request) -> Answer:
        """Send events there too."""
        endpoint = read_as(Endpoint, read_object(await read_body(request)))
        endpoint_id = self._exchange.add_endpoint(endpoint)
        return _json({"id": endpoint_id, "url": endpoint.url, "secret": endpoint.secret})

    async def remove_webhook(self, request: Request) -> Answer:
        """Send events there no more."""
        endpoint_id = request.path_params["endpoint_id"]
        if self._exchange.postman.endpoints.pop(endpoint_id, None) is None:
            raise Refused(404, "webhook_not_found", f"No such endpoint: '{endpoint_id}'.", kind=ErrorType.NOT_FOUND)
        return _json({"id": endpoint_id, "deleted": True})

    async def deliveries(self, _request: Request) -> Answer:
        """What has become of the latest events."""
        return _json({"deliveries": list(self._exchange.postman.deliveries)})

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
