"""`/v1/sessions/{id}/analysis` and `/v1/analyses`: ask for an analysis, read it."""

import msgspec
from starlette.requests import Request

from gateway.sandbox.access import ApiKey
from gateway.sandbox.analysis import Analysis, AnalysisRequest, Part
from gateway.sandbox.bodies import check_choice, read_as
from gateway.sandbox.exchange import Exchange
from gateway.sandbox.idempotency import Answer
from gateway.sandbox.operations import Operation
from gateway.sandbox.organization import Permission
from gateway.sandbox.refusals import Refused, malformed
from gateway.sandbox.requests import once, read_optional
from gateway.sandbox.session import Session
from gateway.sandbox.times import iso8601


class QueuedAnalysis(msgspec.Struct):
    """What a request for an analysis is answered."""

    id: str
    session_id: str
    object: str = "analysis"
    status: str = "processing"


class AnalysesApi:
    """The endpoints of analyses."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def operations(self) -> list[Operation]:
        """What they are."""
        return [
            Operation(
                "create_analysis",
                "POST",
                "/v1/sessions/{session_id}/analysis",
                "Have a session that has ended analysed; it costs a credit",
                Permission.ANALYSIS_WRITE,
                self.create,
                QueuedAnalysis,
                status=202,
                body=AnalysisRequest,
                body_required=False,
                refuses=(402, 404, 409),
                idempotent=True,
            ),
            Operation(
                "retrieve_analysis",
                "GET",
                "/v1/analyses/{analysis_id}",
                "Retrieve an analysis",
                Permission.ANALYSIS_READ,
                self.retrieve,
                Analysis,
                refuses=(404,),
            ),
        ]

    async def create(self, request: Request, _key: ApiKey) -> Answer:
        """202: it is being made."""
        session = self._exchange.state.find(request.path_params["session_id"])
        fields = await read_optional(request)
        if not isinstance(fields, dict | None):
            raise malformed(f"The request body must be a JSON object, not {type(fields).__name__}.")
        wanted = read_as(AnalysisRequest, fields or {})
        for number, part in enumerate(wanted.include or ()):
            check_choice(f"include[{number}]", part, list(Part))

        async def work() -> Answer:
            return self._queue(session, wanted)

        return await once(self._exchange, "create_analysis", request, fields, work)

    async def retrieve(self, request: Request, _key: ApiKey) -> Answer:
        """The analysis, complete or not."""
        analysis = self._exchange.state.analysis(request.path_params["analysis_id"])
        return Answer(200, msgspec.json.encode(analysis))

    def _queue(self, session: Session, wanted: AnalysisRequest) -> Answer:
        state, now_ms = self._exchange.state, self._exchange.clock.unix_ms()
        if session.ended_ms is None:
            raise Refused(409, "transcript_not_ready", "The session has not ended: its transcript is in progress.")
        state.credits.require()
        parts = list(Part) if wanted.include is None else wanted.include
        analysis = Analysis(
            id=state.new_id("anl_", now_ms),
            session_id=session.id,
            call_id=None if session.leg is None else session.leg.id,
            profile=wanted.profile,
            include=[str(part) for part in parts],
            created_at=iso8601(now_ms),
        )
        state.take_credit()
        self._exchange.workshop.analyze(session, analysis)
        return Answer(202, msgspec.json.encode(QueuedAnalysis(analysis.id, session.id)))
