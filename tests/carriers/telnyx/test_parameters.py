"""What Telnyx' voice webhooks say."""

import pytest

from gateway.calls import Carrier, IncomingCall, SipOrigin
from gateway.carriers.forms import Form, read_form
from gateway.carriers.telnyx.parameters import incoming_call
from gateway.errors import WebhookError
from tests.carriers.wire import get, post, read

CALL_ID = "v3:9X2vxPDFY2RHSJ1EdMS0RHRksMTg7ldNxdjWbVr9zBjbGjGsSe-aiQ"
TELEPHONE = IncomingCall(
    carrier=Carrier.TELNYX,
    carrier_call_id=CALL_ID,  # type: ignore[arg-type]  # compared, not used
    account_id="f5586561-8ff0-4291-a51b-c7dfe4139ff9",
    caller="+13122010091",
    called="+13122010090",
)


def call(**parameters: str) -> IncomingCall:
    return incoming_call(Form(tuple({"CallSid": CALL_ID, "To": "+13122010090", **parameters}.items())))


def test_a_telephone_call() -> None:
    """Posted, or asked for with GET as is Telnyx' default; its SIP addresses are Telnyx' own."""
    body = read("telnyx/voice.form")
    assert incoming_call(read_form(post("/v", body))) == TELEPHONE
    assert incoming_call(read_form(get(f"/v?{body.decode()}"))) == TELEPHONE


def test_a_call_from_a_sip_domain() -> None:
    """Known by the addresses that the INVITE bore."""
    found = incoming_call(read_form(post("/v", read("telnyx/voice_sip.form"))))
    assert (found.caller, found.called) == ("sip:bob@example.com", "sip:support@acme.sip.telnyx.com:5060")
    assert found.sip == SipOrigin("acme.sip.telnyx.com", {"X-Customer-Id": "4711"})


def test_a_sip_phone_may_dial_a_number() -> None:
    """The number decides the route, the SIP address says who called."""
    found = call(
        CallingPartyType="sip",
        From="+13122010091",
        FromSipUri="bob@example.com",
        ToSipUri="+13122010090@sip.telnyx.com",
    )
    assert (found.caller, found.called) == ("sip:bob@example.com", "+13122010090")
    assert found.sip == SipOrigin("sip.telnyx.com")


def test_an_extension_is_no_number() -> None:
    """It means something at its own domain only."""
    found = call(CallingPartyType="SIP", From="bob", To="100", ToSipUri="100@acme.sip.telnyx.com")
    assert (found.caller, found.called) == ("bob", "sip:100@acme.sip.telnyx.com")


def test_a_sip_address_alone_tells_sip() -> None:
    """Whatever the calling party is said to be."""
    found = call(From="sip:bob@example.com", To="sip:support@acme.sip.telnyx.com")
    assert (found.caller, found.called) == ("sip:bob@example.com", "sip:support@acme.sip.telnyx.com")
    assert found.sip == SipOrigin("acme.sip.telnyx.com")


@pytest.mark.parametrize("shown", ["anonymous", "Restricted", ""])
def test_a_withheld_caller(shown: str) -> None:
    """On the telephone and over SIP, where another parameter would give the caller away."""
    assert call(From=shown, CallingPartyType="pstn").caller == ""
    assert call(From=shown, CallingPartyType="sip", FromSipUri="bob@example.com").caller == ""
    assert call(From="bob", CallingPartyType="sip", FromSipUri="anonymous@anonymous.invalid").caller == ""


def test_a_sip_call_may_have_its_called_address_in_one_place_or_none() -> None:
    """It is a SIP call for all that."""
    found = call(
        CallingPartyType="sip", To="", From="bob", FromSipUri="bob@example.com", ToSipUri="100@acme.sip.telnyx.com"
    )
    assert (found.called, found.sip) == ("sip:100@acme.sip.telnyx.com", SipOrigin("acme.sip.telnyx.com"))
    found = call(CallingPartyType="sip", To="", From="bob", FromSipUri="bob@example.com")
    assert (found.caller, found.called, found.sip) == ("sip:bob@example.com", "", SipOrigin(""))


def test_a_telephone_call_to_nobody_is_one() -> None:
    """Whatever media server its SIP addresses name."""
    found = call(To="", CallingPartyType="pstn", ToSipUri="+13122010090@10.239.182.10")
    assert (found.called, found.sip) == ("", None)


def test_a_missing_call_is_named() -> None:
    """In the error and its `param`."""
    with pytest.raises(WebhookError, match="CallSid is missing") as caught:
        call(CallSid="")
    assert caught.value.param == "CallSid"
