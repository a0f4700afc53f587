"""Calls as the ledger knows them, at every point of their life."""

from msgspec import structs

from gateway.bridge import tickets
from gateway.bridge.relay import Terms
from gateway.calls import CallId, Carrier, CarrierCallId, SessionId, call_id_for
from gateway.store.record import CallRecord, Phase, Session, Ticket
from gateway.telemetry.blackbox import BlackBox
from tests.fakes.clock import UNIX_MS

SESSION = Session(SessionId("sess_1"), "wss://kallglot.test/connect", "kst_test_1", token_expires_ms=UNIX_MS + 300_000)


def call_id(name: str = "1") -> CallId:
    return call_id_for(Carrier.TWILIO, CarrierCallId(f"CA{name}"))


def ticket(name: str = "1", *, secret: bytes = bytes(32), expires_ms: int = UNIX_MS + 60_000) -> Ticket:
    return tickets.issue(call_id(name), secret, expires_ms)


def opening(name: str = "1", *, carrier: Carrier = Carrier.TWILIO, owner: str = "here") -> CallRecord:
    """A call whose session is being created."""
    return CallRecord(
        call_id=call_id(name),
        carrier=carrier,
        carrier_call_id=CarrierCallId(f"CA{name}"),
        route="support",
        speaker="customer",
        created_ms=UNIX_MS,
        owner=owner,
        create_body='{"mode":"bidirectional_translation"}',
    )


def terms(*, barge_in: bool = False) -> Terms:
    """Those on which a first socket carries a call."""
    return Terms(barge_in=barge_in, waited_ms=0, mode="bidirectional_translation", box=BlackBox(UNIX_MS))


def live(name: str = "1", *, carrier: Carrier = Carrier.TWILIO, session: Session = SESSION) -> CallRecord:
    """A call with a session, on its way to us."""
    return structs.replace(
        opening(name, carrier=carrier), phase=Phase.LIVE, session=session, ticket=ticket(name), create_body=""
    )
