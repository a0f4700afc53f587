import datetime as dt
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from gateway.routing.routes import ConnectionRouting, NoRouting, PhoneNumberRouting, Routing, SipRouting
from gateway.routing.values import (
    Domain,
    Language,
    Metadata,
    Number,
    Prefix,
    SessionKeys,
    SessionRouting,
    Target,
    Then,
    Words,
)


def read(kind: Any, value: object) -> object:
    return TypeAdapter(kind).validate_python(value)


def nested(levels: int) -> dict[str, object]:
    """What a key with so many dots is."""
    table: dict[str, object] = {}
    for _ in range(levels):
        table = {"a": table}
    return table


@pytest.mark.parametrize(
    ("kind", "written", "meant"),
    [
        (Number, "+1 (415) 555-1234", "+14155551234"),
        (Prefix, "+1 415", "+1415"),
        (Domain, "ACME.sip.twilio.com", "acme.sip.twilio.com"),
        (Target, "sip:bob@example.com", "sip:bob@example.com"),
        (Then, "hangup", None),
        (Then, {"dial": "+1 415 555 0100"}, "+14155550100"),
    ],
)
def test_a_value_may_be_written_as_people_write_it(kind: object, written: object, meant: str | None) -> None:
    assert read(kind, written) == meant


@pytest.mark.parametrize(
    ("written", "routing"),
    [
        ("phone_number", PhoneNumberRouting()),
        ("sip", SipRouting()),
        ("none", NoRouting()),
        ({"connection_id": "pcon_1"}, ConnectionRouting("pcon_1")),
    ],
)
def test_routing_is_a_word_or_the_table_of_a_connection(written: object, routing: Routing) -> None:
    assert read(SessionRouting, written) == routing


def test_a_session_may_be_nested_as_deeply_as_anybody_needs() -> None:
    """As it is."""
    session = {"ai_agent": {"overrides": [nested(50)]}}

    assert read(SessionKeys, session) == session


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (Number, "4155551234", "must be an E.164 number"),
        (Prefix, "49", "must be the beginning of an E.164 number"),
        (Domain, "https://acme", "must be a host name"),
        (Language, "german language", "must be a language"),
        (Words, " ", "must not be empty"),
        (SessionRouting, "phone", 'must be "phone_number", "sip", "none"'),
        (SessionRouting, {"connection_id": ""}, 'must be "phone_number", "sip", "none"'),
        (SessionRouting, {"connection_id": "pcon_1", "direction": "outbound"}, 'must be "phone_number"'),
        (Then, "dial", 'must be "hangup" or { dial'),
        (Then, {"dial": "bob"}, "must be an E.164 number or a sip: address, not 'bob'"),
        (Target, 14155550100, "must be an E.164 number or a sip: address"),
        (Target, "sip:Anna Weber@example.com", "must be an E.164 number or a sip: address"),
        (Target, "sip:jörg@example.com", "must be an E.164 number or a sip: address"),
        (Target, "sip:bob@example.com\n", "must be an E.164 number or a sip: address"),
        (Target, "reception", "must be an E.164 number or a sip: address"),
        (Target, {"dial": "+14155550100"}, "must be an E.164 number or a sip: address"),
        (Metadata, {"since": dt.date(2026, 1, 1)}, "which 2026-01-01 is not"),
        (Metadata, {"ratio": float("inf")}, "only numbers that JSON can say"),
        (Metadata, nested(5_000), "must not be nested so deeply"),
        (Metadata, {"a": [nested(200)]}, "must not be nested so deeply"),
        (Metadata, {"from_number": "+1"}, "must not hold from_number"),
        (Metadata, {"telnyx_call_sid": "1"}, "must not hold telnyx_call_sid"),
        (SessionKeys, nested(5_000), "must not be nested so deeply"),
        (SessionKeys, {"provider": "twilio"}, "must not hold provider, which Kallglot resolves itself"),
        (SessionKeys, {"mode": "ai_agent"}, "must not hold mode, which is a key of the route"),
        (SessionKeys, {"routing": {"phone_number": "+1"}}, "must not hold routing"),
        (SessionKeys, {"target_language": "en"}, "must not hold target_language"),
        (SessionKeys, {"metadata": "acme"}, "must hold metadata as a table"),
        (SessionKeys, {"metadata": {"to_number": "+1"}}, "must not hold to_number"),
    ],
)
def test_a_wrong_value_says_what_is_right(kind: object, value: object, words: str) -> None:
    """In our words."""
    with pytest.raises(ValidationError) as caught:
        read(kind, value)

    (error,) = caught.value.errors(include_url=False)
    assert words in error["msg"]
