"""Calls to write down, for the tests of every store."""

from gateway.calls import CallId, Carrier, CarrierCallId, SessionId
from gateway.store.record import CallRecord, Session


def a_call(name: str = "one", *, owner: str = "here", session_id: str | None = None) -> CallRecord:
    """A call that is being opened, or talks to the session named."""
    session = Session(SessionId(session_id), "wss://kallglot.test/connect", "kst_test_x", 0) if session_id else None
    return CallRecord(
        call_id=CallId(f"call_{name}"),
        carrier=Carrier.TWILIO,
        carrier_call_id=CarrierCallId(f"CA{name}"),
        route="support",
        speaker="customer",
        created_ms=1_000,
        owner=owner,
        session=session,
    )
