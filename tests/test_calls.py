import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.calls import (
    FAULT_OF,
    CallStatus,
    Carrier,
    CarrierCallId,
    EndReason,
    IncomingCall,
    StatusReport,
    call_id_for,
)


@pytest.mark.parametrize("reason", EndReason)
def test_every_end_is_somebodys_doing(reason: EndReason) -> None:
    """An operator is told whose fault each end was."""
    assert reason in FAULT_OF


@given(st.text(min_size=1), st.text(min_size=1))
def test_calls_are_told_apart(one: str, other: str) -> None:
    """Two calls never share an id, and one call has the same id in every replica."""
    ids = {call_id_for(Carrier.TELNYX, CarrierCallId(text)) for text in (one, other)}
    assert len(ids) == len({one, other})


def test_carriers_that_use_the_same_id_mean_different_calls() -> None:
    same = CarrierCallId("1")
    assert call_id_for(Carrier.TWILIO, same) != call_id_for(Carrier.TELNYX, same)


def test_an_id_can_stand_in_a_path() -> None:
    """Telnyx' own ids hold colons; ours go into URLs."""
    call_id = call_id_for(Carrier.TELNYX, CarrierCallId("v3:x/../?#"))
    assert set(call_id) <= set(string.ascii_lowercase + string.digits + "_")
    assert call_id.startswith("call_")


def test_webhooks_of_one_call_agree_on_its_id() -> None:
    call = IncomingCall(Carrier.TWILIO, CarrierCallId("CA1"), "AC1", "+14155550100", "+14155551234")
    report = StatusReport(Carrier.TWILIO, CarrierCallId("CA1"), CallStatus.OVER, "completed")
    assert call.call_id == report.call_id
