"""`/v1/sessions`: create, retrieve, end, transcript."""

import msgspec
from starlette.requests import Request

from gateway.sandbox.access import ApiKey
from gateway.sandbox.bodies import read_object
from gateway.sandbox.exchange import Exchange
from gateway.sandbox.idempotency import Answer
from gateway.sandbox.objects import (
    EndObject,
    SessionObject,
    StreamObject,
    TranscriptObject,
    end_object,
    session_object,
    stream_object,
    transcript_object,
)
from gateway.sandbox.operations import Operation
from gateway.sandbox.organization import Permission
from gateway.sandbox.plans import SessionPlan, parse_plan
from gateway.sandbox.requests import once, read_body, read_optional
from gateway.sandbox.session import Session

PATH = "/v1/sessions"
ONE = PATH + "/{session_id}"


class SessionsApi:
    """The endpoints of sessions."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def operations(self) -> list[Operation]:
        """What they are."""
        read, write = Permission.SESSIONS_READ, Permission.SESSIONS_WRITE
        return [
            Operation(
                "create_session",
                "POST",
                PATH,
                "Create a session; it costs a credit",
                write,
                self.create,
                SessionObject,
                status=201,
                body=SessionPlan,
                refuses=(402, 404),
                idempotent=True,
            ),
            Operation(
                "retrieve_session",
                "GET",
                ONE,
                "Retrieve a session, with a fresh stream token while it has not ended",
                read,
                self.retrieve,
                SessionObject,
                refuses=(404,),
            ),
            Operation(
                "end_session",
                "POST",
                ONE + "/end",
                "End a session; safe to repeat",
                write,
                self.end,
                EndObject,
                refuses=(404,),
                idempotent=True,
            ),
            Operation(
                "retrieve_transcript",
                "GET",
                ONE + "/transcript",
                "Retrieve what was said, so far or in all",
                read,
                self.transcript,
                TranscriptObject,
                refuses=(404,),
            ),
        ]

    async def create(self, request: Request, key: ApiKey) -> Answer:
        """201 and the session."""
        fields = read_object(await read_body(request))
        plan = parse_plan(fields)

        async def work() -> Answer:
            session = self._exchange.create(plan)
            return Answer(201, msgspec.json.encode(session_object(session, self._stream(request, key, session))))

        return await once(self._exchange, "create_session", request, fields, work)

    async def retrieve(self, request: Request, key: ApiKey) -> Answer:
        """The session, with a fresh token while it has not ended."""
        session = self._find(request)
        stream = None if session.ended_ms is not None else self._stream(request, key, session)
        return Answer(200, msgspec.json.encode(session_object(session, stream)))

    async def end(self, request: Request, _key: ApiKey) -> Answer:
        """The session's summary, however often it is asked."""
        session = self._find(request)
        fields = await read_optional(request)

        async def work() -> Answer:
            self._exchange.end(session)
            return Answer(200, msgspec.json.encode(end_object(session, self._exchange.clock.unix_ms())))

        return await once(self._exchange, "end_session", request, fields, work)

    async def transcript(self, request: Request, _key: ApiKey) -> Answer:
        """What was said so far."""
        session = self._find(request)
        return Answer(200, msgspec.json.encode(transcript_object(session, self._exchange.clock.unix_ms())))

    def _find(self, request: Request) -> Session:
        return self._exchange.state.find(request.path_params["session_id"])

    def _stream(self, request: Request, key: ApiKey, session: Session) -> StreamObject:
        token = self._exchange.state.issue_token(session, self._exchange.clock.unix_ms(), live=key.live)
        seen = f"{request.url.scheme}://{request.url.netloc}"
        return stream_object((self._exchange.options.public_url or seen).rstrip("/"), session.id, token)
