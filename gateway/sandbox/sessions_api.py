"""`/v1/sessions`: create, retrieve, end, transcript."""

import msgspec
from starlette.requests import Request
from starlette.routing import Route

from gateway.sandbox.access import ApiKey
from gateway.sandbox.exchange import Exchange
from gateway.sandbox.idempotency import Answer
from gateway.sandbox.objects import StreamObject, end_object, session_object, stream_object, transcript_object
from gateway.sandbox.plans import SessionPlan, parse_plan, read_json, read_object
from gateway.sandbox.requests import authenticated, once, read_body
from gateway.sandbox.session import Session


class SessionsApi:
    """The endpoints of sessions."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def routes(self) -> list[Route]:
        """Where they are."""
        path = "/v1/sessions"
        return [
            Route(path, authenticated(self._exchange, self.create), methods=["POST"]),
            Route(path + "/{session_id}", authenticated(self._exchange, self.retrieve)),
            Route(path + "/{session_id}/end", authenticated(self._exchange, self.end), methods=["POST"]),
            Route(path + "/{session_id}/transcript", authenticated(self._exchange, self.transcript)),
        ]

    async def create(self, request: Request, key: ApiKey) -> Answer:
        """`POST /v1/sessions`: 201 and the session."""
        fields = read_object(await read_body(request))
        plan = parse_plan(fields)
        return await once(self._exchange, request, fields, lambda: self._create(request, key, plan))

    async def retrieve(self, request: Request, key: ApiKey) -> Answer:
        """`GET /v1/sessions/{id}`: the session, with a fresh token while it has not ended."""
        session = self._find(request)
        stream = None if session.ended_ms is not None else self._stream(request, key, session)
        return Answer(200, msgspec.json.encode(session_object(session, stream)))

    async def end(self, request: Request, _key: ApiKey) -> Answer:
        """`POST /v1/sessions/{id}/end`: the session's summary, however often it is asked."""
        session = self._find(request)
        body = await read_body(request)
        fields = read_json(body) if body else None

        async def work() -> Answer:
            self._exchange.end(session)
            return Answer(200, msgspec.json.encode(end_object(session, self._exchange.clock.unix_ms())))

        return await once(self._exchange, request, fields, work)

    async def transcript(self, request: Request, _key: ApiKey) -> Answer:
        """`GET /v1/sessions/{id}/transcript`: what was said so far."""
        session = self._find(request)
        return Answer(200, msgspec.json.encode(transcript_object(session, self._exchange.clock.unix_ms())))

    async def _create(self, request: Request, key: ApiKey, plan: SessionPlan) -> Answer:
        fault = self._exchange.state.faults.take()
        if fault is not None:
            await self._exchange.pause(fault.wait_s)
            answer = fault.answer()
            if answer is not None:
                return answer
        session = self._exchange.create(plan)
        stream = self._stream(request, key, session)
        return Answer(201, msgspec.json.encode(session_object(session, stream)))

    def _find(self, request: Request) -> Session:
        return self._exchange.state.find(request.path_params["session_id"])

    def _stream(self, request: Request, key: ApiKey, session: Session) -> StreamObject:
        token = self._exchange.state.issue_token(session, self._exchange.clock.unix_ms(), live=key.live)
        seen = f"{request.url.scheme}://{request.url.netloc}"
        return stream_object((self._exchange.options.public_url or seen).rstrip("/"), session.id, token)
