"""`/v1/sessions/{id}/dial` and `/hangup`: a session's outbound SIP leg, simulated."""

import msgspec
from msgspec import structs
from starlette.requests import Request

from gateway.sandbox.access import ApiKey
from gateway.sandbox.bodies import check_form, read_as, read_object
from gateway.sandbox.exchange import Exchange
from gateway.sandbox.idempotency import Answer
from gateway.sandbox.operations import Operation
from gateway.sandbox.organization import Permission
from gateway.sandbox.plans import check_sip_headers, check_sip_uri
from gateway.sandbox.refusals import Refused
from gateway.sandbox.requests import once, read_body
from gateway.sandbox.routes import Provider
from gateway.sandbox.session import Session
from gateway.sandbox.sip import SIP_PARTY, Call, DialRequest, LegState, refuse_unreached

ONE = "/v1/sessions/{session_id}"


class SipApi:
    """The endpoints of SIP legs."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def operations(self) -> list[Operation]:
        """What they are."""
        return [
            Operation(
                "dial",
                "POST",
                ONE + "/dial",
                "Start an outbound SIP dial on a session with SIP routing (simulated)",
                Permission.SESSIONS_WRITE,
                self.dial,
                Call,
                status=201,
                body=DialRequest,
                refuses=(404, 409, 502),
                idempotent=True,
            ),
            Operation(
                "hangup",
                "POST",
                ONE + "/hangup",
                "Hang up a session's active SIP leg",
                Permission.SESSIONS_WRITE,
                self.hangup,
                Call,
                refuses=(404, 409),
            ),
        ]

    async def dial(self, request: Request, _key: ApiKey) -> Answer:
        """201 and the leg, ringing."""
        session = self._find(request)
        fields = read_object(await read_body(request))
        wanted = read_as(DialRequest, fields)
        check_form("to", wanted.to, SIP_PARTY, "a SIP URI or an E.164 number")
        check_sip_uri("from_uri", wanted.from_uri)
        check_sip_headers("headers", wanted.headers)

        async def work() -> Answer:
            return self._dial(session, wanted)

        return await once(self._exchange, "dial", request, fields, work)

    async def hangup(self, request: Request, _key: ApiKey) -> Answer:
        """The leg, ended."""
        session = self._find(request)
        await read_body(request)
        leg = session.leg
        if leg is None or leg.state is LegState.ENDED:
            raise Refused(409, "no_active_call", "The session has no active SIP leg.")
        self._exchange.hang_up(session, leg)
        return Answer(200, msgspec.json.encode(leg.call()))

    def _dial(self, session: Session, wanted: DialRequest) -> Answer:
        if session.ended_ms is not None:
            raise Refused(409, "session_ended", "The session has ended.")
        if session.route.provider is not Provider.SIP:
            raise Refused(409, "session_not_sip", "The session was created without SIP routing.")
        if session.leg is not None and session.leg.state is not LegState.ENDED:
            raise Refused(409, "call_in_progress", "The session has an active SIP leg.")
        refuse_unreached(wanted.to)
        routing = session.plan.routing
        sip = None if routing is None else routing.sip
        if sip is not None:
            from_uri, headers = wanted.from_uri or sip.from_uri, wanted.headers or sip.headers
            wanted = structs.replace(wanted, from_uri=from_uri, headers=headers)
        return Answer(201, msgspec.json.encode(self._exchange.dial(session, wanted).call()))

    def _find(self, request: Request) -> Session:
        return self._exchange.state.find(request.path_params["session_id"])
