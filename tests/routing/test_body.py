import pytest

from gateway.calls import Carrier, IncomingCall, SipOrigin
from gateway.routing.body import idempotency_key, session_body
from gateway.routing.routes import (
    ConnectionRouting,
    Mode,
    NoRouting,
    PhoneNumberRouting,
    Route,
    Routing,
    SipRouting,
)
from tests.routing.calls import TWILIO_CALL_ID, call

SIP_CALL = call(
    "sip:bob@acme.sip.twilio.com",
    caller="sip:alice@example.com",
    sip=SipOrigin("acme.sip.twilio.com", {"X-Account": "42"}),
)
SIP_BODY = {"type": "sip", "sip": {"from_uri": "sip:alice@example.com", "headers": {"X-Account": "42"}}}


def translation(routing: Routing) -> Route:
    return Route(name="r", mode=Mode.BIDIRECTIONAL_TRANSLATION, routing=routing)


def test_the_body_is_the_documented_one() -> None:
    """The sample of Kallglot's sessions-vs-calls page, for the same call."""
    route = Route(name="r", mode=Mode.BIDIRECTIONAL_TRANSLATION, source_language="de", target_language="en")

    assert session_body(route, call("+14155551234", caller="+4930123456")) == {
        "mode": "bidirectional_translation",
        "source_language": "de",
        "target_language": "en",
        "routing": {"phone_number": "+14155551234"},
        "metadata": {
            "twilio_call_sid": TWILIO_CALL_ID,
            "from_number": "+4930123456",
            "to_number": "+14155551234",
        },
    }


@pytest.mark.parametrize(
    ("routing", "incoming", "expected"),
    [
        pytest.param(PhoneNumberRouting(), call("+1 415 5551234"), {"phone_number": "+14155551234"}, id="number"),
        pytest.param(
            PhoneNumberRouting(),
            call("sip:+14155551234@acme.sip.twilio.com"),
            {"phone_number": "+14155551234"},
            id="number within a SIP address",
        ),
        pytest.param(PhoneNumberRouting(), SIP_CALL, SIP_BODY, id="a SIP call without a number is a SIP call"),
        pytest.param(PhoneNumberRouting(), call("12345"), {"phone_number": "12345"}, id="short code as it is"),
        pytest.param(
            ConnectionRouting("pcon_01HXYZ"),
            call(""),
            {"connection_id": "pcon_01HXYZ", "direction": "inbound"},
            id="connection",
        ),
        pytest.param(SipRouting(), SIP_CALL, SIP_BODY, id="SIP"),
        pytest.param(SipRouting(), call(), {"type": "sip"}, id="SIP routing for a PSTN caller"),
        pytest.param(
            SipRouting(),
            call("sip:bob@acme.sip.twilio.com", caller="anonymous", sip=SipOrigin("acme.sip.twilio.com")),
            {"type": "sip"},
            id="SIP caller withheld",
        ),
    ],
)
def test_the_routing_is_the_routes(routing: Routing, incoming: IncomingCall, expected: object) -> None:
    """Exactly one routing method, in the documented shape."""
    assert session_body(translation(routing), incoming)["routing"] == expected


def test_no_routing_is_no_key() -> None:
    """Omitting `routing` is how a session without telephony is asked for."""
    assert "routing" not in session_body(translation(NoRouting()), call())


def test_a_call_to_no_number_is_routed_by_none() -> None:
    """A browser's: an empty number would be refused, and its caller sent away."""
    assert "routing" not in session_body(translation(PhoneNumberRouting()), call("", caller="client:alice"))


def test_metadata_of_the_route_stands_beside_the_calls() -> None:
    """Operators find their tenant, and we find our call."""
    route = Route(name="r", mode=Mode.AI_AGENT, metadata={"tenant": "acme"})

    assert session_body(route, call("+14155551234", caller="", carrier=Carrier.TELNYX))["metadata"] == {
        "tenant": "acme",
        "telnyx_call_sid": TWILIO_CALL_ID,
        "from_number": "",
        "to_number": "+14155551234",
    }


def test_session_keys_are_passed_on_and_never_override_the_route() -> None:
    """What the documents leave open can be sent without a new release."""
    route = Route(name="r", mode=Mode.AI_AGENT, session={"ai_agent": {"agent_id": "agt_1"}, "mode": "x", "metadata": 1})

    body = session_body(route, call())

    assert body["ai_agent"] == {"agent_id": "agt_1"}
    assert body["mode"] == "ai_agent"
    assert "tenant" not in body
    assert "provider" not in body


def test_the_same_call_has_the_same_key_and_another_has_another() -> None:
    """A webhook delivered twice opens one session; a call at another carrier is another call."""
    assert idempotency_key(call("+1").call_id) == idempotency_key(call("+2").call_id)
    assert idempotency_key(call().call_id) != idempotency_key(call(carrier=Carrier.TELNYX).call_id)
    assert idempotency_key(call().call_id).startswith("gateway-call_")
