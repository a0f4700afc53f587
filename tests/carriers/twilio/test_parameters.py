"""What Twilio's voice webhooks say."""

import pytest

from gateway.calls import Carrier, IncomingCall, SipOrigin
from gateway.carriers.forms import Form, read_form
from gateway.carriers.twilio.parameters import incoming_call
from gateway.errors import WebhookError
from tests.carriers.wire import post, read


def test_a_telephone_call() -> None:
    """As captured."""
    assert incoming_call(read_form(post("/v", read("twilio/voice.form")))) == IncomingCall(
        carrier=Carrier.TWILIO,
        carrier_call_id="CA450188bc524230c5086da78b80861648",  # type: ignore[arg-type]  # compared, not used
        account_id="AC0123456789abcdef0123456789abcdef",
        caller="+18181234567",
        called="+13231234567",
    )


def test_a_call_from_a_sip_domain() -> None:
    """Its addresses are SIP's and its `X-` headers come along."""
    call = incoming_call(read_form(post("/v", read("twilio/voice_sip.form"))))
    assert (call.caller, call.called) == ("sip:bob@example.com", "sip:support@acme.sip.twilio.com")
    assert call.sip == SipOrigin("acme.sip.twilio.com", {"X-Customer-Id": "4711", "X-Queue": "gold & silver"})


@pytest.mark.parametrize(
    "caller",
    ["+266696687", "+7378742833", "+2562533", "+8566696", "+86282452253", "266696687", "anonymous", "unknown", ""],
)
def test_a_withheld_caller(caller: str) -> None:
    """Twilio spells ANONYMOUS and its like on a telephone's keys."""
    assert incoming_call(Form((("CallSid", "CA1"), ("To", "+1415"), ("From", caller)))).caller == ""


def test_a_call_from_a_browser() -> None:
    """It calls an application, not a number."""
    call = incoming_call(read_form(post("/v", read("twilio/voice_client.form"))))
    assert (call.caller, call.called, call.sip) == ("client:alice", "", None)


def test_a_webhook_needs_a_call() -> None:
    """All else may be left out."""
    call = incoming_call(Form((("CallSid", "CA1"),)))
    assert (call.account_id, call.caller, call.called, call.sip) == ("", "", "", None)


def test_a_missing_call_is_named() -> None:
    """In the error and its `param`."""
    with pytest.raises(WebhookError, match="CallSid is missing") as caught:
        incoming_call(Form((("To", "+1415"),)))
    assert caught.value.param == "CallSid"
