from typing import Any

import pytest

from gateway.sandbox.plans import Mode, Provider, parse_plan, read_as, read_json, read_object
from gateway.sandbox.refusals import Refused
from gateway.sandbox.tools import SayRequest
from tests.sandbox.wire import REQUESTS, request_sample


def body(**fields: Any) -> dict[str, Any]:
    return {"mode": "bidirectional_translation", **fields}


@pytest.mark.parametrize("name", REQUESTS)
def test_every_body_in_the_documents_is_accepted(name: str) -> None:
    """What a reader copies from the documents works."""
    sample = request_sample(name)

    assert parse_plan(sample).mode == sample["mode"]


@pytest.mark.parametrize("mode", list(Mode))
def test_each_documented_mode_is_accepted(mode: Mode) -> None:
    """All four."""
    assert parse_plan({"mode": str(mode)}).mode == mode


@pytest.mark.parametrize(
    ("fields", "param", "quoted"),
    [
        pytest.param({}, "mode", "required", id="no mode"),
        pytest.param({"mode": None}, "mode", "required", id="null mode"),
        pytest.param({"mode": "translate"}, "mode", "'translate'", id="unknown mode"),
        pytest.param({"mode": 7}, "mode", "int", id="mode of another type"),
        pytest.param(body(provider={"type": "twilio"}), "provider", "routing", id="provider object"),
        pytest.param(body(provider=None), "provider", "routing", id="provider null"),
        pytest.param(body(source_language="German"), "source_language", "'German'", id="language name"),
        pytest.param(body(target_language=""), "target_language", "''", id="empty language"),
        pytest.param(body(target_language="en\n"), "target_language", "short language code", id="language and newline"),
        pytest.param(body(source_language=1), "source_language", "str", id="language of another type"),
        pytest.param(body(metadata=[1]), "metadata", "object", id="metadata list"),
        pytest.param(body(metadata="x"), "metadata", "object", id="metadata string"),
        pytest.param(body(routing="sip"), "routing", "object", id="routing string"),
        pytest.param(
            body(routing={"phone_number": "+14155551234", "connection_id": "pcon_1"}),
            "routing",
            "phone_number and connection_id",
            id="two methods",
        ),
        pytest.param(
            body(routing={"phone_number": "+14155551234", "type": "sip"}),
            "routing",
            "phone_number and type",
            id="number and sip",
        ),
        pytest.param(
            body(routing={"phone_number": "4155551234"}), "routing.phone_number", "'4155551234'", id="no plus"
        ),
        pytest.param(body(routing={"phone_number": "+0155"}), "routing.phone_number", "'+0155'", id="leading zero"),
        pytest.param(body(routing={"phone_number": "+1" + "5" * 15}), "routing.phone_number", "E.164", id="too long"),
        pytest.param(body(routing={"phone_number": "+١٤١٥"}), "routing.phone_number", "E.164", id="arabic digits"),
        pytest.param(body(routing={"phone_number": 1}), "routing.phone_number", "str", id="number as a number"),
        pytest.param(body(routing={"connection_id": "con_1"}), "routing.connection_id", "'con_1'", id="other prefix"),
        pytest.param(body(routing={"type": "pstn"}), "routing.type", "'pstn'", id="unknown type"),
        pytest.param(body(routing={"direction": "both"}), "routing.direction", "'both'", id="unknown direction"),
        pytest.param(body(routing={"sip": {}}), "routing.sip", "'sip'", id="sip without its type"),
        pytest.param(
            body(routing={"type": "sip", "sip": {"from_uri": "alice"}}), "routing.sip.from_uri", "'alice'", id="no uri"
        ),
        pytest.param(
            body(routing={"type": "sip", "sip": {"headers": {"From": "a"}}}),
            "routing.sip.headers",
            "'From'",
            id="header that is no X- header",
        ),
        pytest.param(
            body(routing={"type": "sip", "sip": {"headers": {"X-A": 1}}}),
            "routing.sip.headers[...]",
            "str",
            id="header of another type",
        ),
        pytest.param(body(participants=[{}]), "participants[0]", "type", id="participant without type"),
        pytest.param(
            body(participants=[{"type": "agent", "language": "EN"}]),
            "participants[0].language",
            "'EN'",
            id="their code",
        ),
    ],
)
def test_a_broken_rule_is_422_and_names_the_field(fields: dict[str, Any], param: str, quoted: str) -> None:
    """The refusal says which field and what was in it."""
    with pytest.raises(Refused) as caught:
        parse_plan(fields)

    refused = caught.value
    assert (refused.status, refused.code, refused.kind) == (422, "invalid_request", "validation_error")
    assert refused.param == param
    assert quoted in refused.message


@pytest.mark.parametrize(
    ("routing", "provider", "number"),
    [
        pytest.param(None, Provider.WEBRTC, None, id="none"),
        pytest.param({}, Provider.WEBRTC, None, id="empty"),
        pytest.param({"direction": "inbound"}, Provider.WEBRTC, None, id="direction only"),
        pytest.param({"phone_number": "+14155551234"}, Provider.TWILIO, "+14155551234", id="number"),
        pytest.param({"connection_id": "pcon_01HXYZ", "direction": "outbound"}, Provider.TWILIO, None, id="connection"),
        pytest.param({"type": "sip"}, Provider.SIP, None, id="sip"),
        pytest.param(
            {"type": "sip", "sip": {"from_uri": "sips:a@b.c", "headers": {"x-tenant": "acme"}}},
            Provider.SIP,
            None,
            id="sip with all",
        ),
    ],
)
def test_routing_decides_the_provider(routing: object, provider: Provider, number: str | None) -> None:
    """What the session's answer will say of its telephony."""
    plan = parse_plan(body(routing=routing))

    assert (plan.provider, plan.phone_number) == (provider, number)


def test_fields_without_a_documented_name_are_let_through() -> None:
    """Voice and recording hints exist, but the documents do not spell out their keys."""
    assert parse_plan(body(voice={"speed": 1.1}, recording={"enabled": True})).mode == "bidirectional_translation"


def test_the_agent_speaks_the_target_language() -> None:
    """Party A is the customer, Party B the agent, as the samples pair them."""
    plan = parse_plan(body(source_language="de", target_language="en"))

    assert [plan.language_of("customer"), plan.language_of("agent")] == ["de", "en"]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="truncated"),
        pytest.param(b"mode=ai_agent", id="a form"),
        pytest.param(b'{"mode": NaN}', id="not a number"),
        pytest.param(b'{"mode": "\xff"}', id="not utf-8"),
        pytest.param(b"[" * 100_000, id="nested without end"),
    ],
)
def test_what_is_not_json_is_400(data: bytes) -> None:
    """Unreadable is not the same as wrong."""
    with pytest.raises(Refused, match="not valid JSON") as caught:
        read_json(data)

    assert (caught.value.status, caught.value.kind) == (400, "invalid_request_error")


@pytest.mark.parametrize("data", [b"[]", b"1", b'"mode"', b"null"])
def test_a_body_that_is_no_object_is_400(data: bytes) -> None:
    """The documents' bodies are objects."""
    with pytest.raises(Refused, match="must be a JSON object") as caught:
        read_object(data)

    assert caught.value.status == 400


def test_an_object_is_read() -> None:
    """With whatever is in it."""
    assert read_object(b'{"mode": "ai_agent", "x": [1]}') == {"mode": "ai_agent", "x": [1]}


def test_a_missing_field_is_named() -> None:
    """At the top of the object there is no path to read it from."""
    with pytest.raises(Refused) as caught:
        read_as(SayRequest, {})

    assert caught.value.param == "payload"
