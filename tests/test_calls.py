import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.calls import (
    FAULT_OF,
    CallStatus,
    Carrier,
    CarrierCallId,
    EndReason,
    Fault,
    IncomingCall,
    StatusReport,
    call_id_for,
)

CA = CarrierCallId("CA450188bc524230c5086da78b80861648")


def test_every_end_has_somebody_s_fault() -> None:
    assert set(FAULT_OF) == set(EndReason)


def test_every_fault_ends_some_call() -> None:
    """But the caller's: whoever hangs up is at fault of nothing."""
    assert set(FAULT_OF.values()) == set(Fault) - {Fault.CALLER}


@given(st.sampled_from(Carrier), st.text(max_size=80))
def test_an_id_fits_everywhere(carrier: Carrier, theirs: str) -> None:
    """In paths, in TwiML, in logs: whatever the carrier's id is made of."""
    assert re.fullmatch(r"call_[a-z2-7]{26}", call_id_for(carrier, CarrierCallId(theirs)))


def test_an_id_is_the_same_in_every_replica_for_ever() -> None:
    """It is derived: changing how would lose every call that is up during an upgrade."""
    assert call_id_for(Carrier.TWILIO, CA) == "call_tvlnoas3mwcok4vuo7eh5r6s5i"


def test_the_carriers_ids_do_not_meet() -> None:
    assert call_id_for(Carrier.TWILIO, CA) != call_id_for(Carrier.TELNYX, CA)


@pytest.mark.parametrize("carrier", Carrier)
def test_everything_that_is_said_of_a_call_names_the_same_call(carrier: Carrier) -> None:
    """The voice webhook and the status callback."""
    incoming = IncomingCall(carrier, CA, "AC1", "+14155550100", "+14155551234")
    report = StatusReport(carrier, CA, CallStatus.OVER, "completed")
    assert incoming.call_id == report.call_id == call_id_for(carrier, CA)


@pytest.mark.parametrize(
    ("code", "at_fault"),
    [("", False), ("11200", False), ("11205", False), ("11750", True), ("12100", True), ("13500", True)],
)
def test_a_document_that_was_fetched_may_be_at_fault(code: str, at_fault: bool) -> None:
    """What could not be fetched is worth telling again; what could not be followed is not."""
    call = IncomingCall(Carrier.TWILIO, CA, "AC1", "+14155550100", "+14155551234", error_code=code)
    assert call.is_document_at_fault is at_fault
