from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from gateway.calls import Carrier, Say
from gateway.routing.routes import (
    SORRY,
    ConnectionRouting,
    Match,
    Mode,
    Parting,
    Route,
    ToAnything,
    ToNumber,
    ToPrefix,
    ToSipDomain,
)
from gateway.routing.spec import RouteSpec


def read(**keys: object) -> Route:
    return RouteSpec.model_validate({"name": "r", "mode": "bidirectional_translation", **keys}).route()


def test_every_key_of_a_route_arrives() -> None:
    """The example of the documentation, whole."""
    assert read(
        name="support-de",
        to="+1 415 555 1234",
        carrier="telnyx",
        source_language="de",
        target_language="en-US",
        speaker="agent",
        routing={"connection_id": "pcon_01HXYZ"},
        greeting={"say": "Willkommen.", "language": "de-DE"},
        metadata={"tenant": "acme"},
        session={"recording": {"enabled": True}, "metadata": {"tenant": "other", "team": "red"}},
        on_failure={"say": "Später.", "language": "de-DE", "then": {"dial": "+14155550100"}},
        after={"dial": "sip:bob@example.com"},
        overflow="+1 (415) 555-0177",
        barge_in=True,
    ) == Route(
        name="support-de",
        mode=Mode.BIDIRECTIONAL_TRANSLATION,
        match=ToNumber("+14155551234"),
        carrier=Carrier.TELNYX,
        source_language="de",
        target_language="en-US",
        speaker="agent",
        routing=ConnectionRouting("pcon_01HXYZ"),
        greeting=Say("Willkommen.", "de-DE"),
        metadata={"tenant": "acme", "team": "red"},
        session={"recording": {"enabled": True}},
        on_failure=Parting(Say("Später.", "de-DE"), "+14155550100"),
        after=Parting(None, "sip:bob@example.com"),
        overflow="+14155550177",
        barge_in=True,
    )


def test_name_and_mode_are_enough() -> None:
    """All else has a default."""
    assert read() == Route(name="r", mode=Mode.BIDIRECTIONAL_TRANSLATION)


@pytest.mark.parametrize(
    ("keys", "match"),
    [
        ({"to": "+14155551234"}, ToNumber("+14155551234")),
        ({"to_prefix": "+49"}, ToPrefix("+49")),
        ({"sip_domain": "ACME.sip.twilio.com"}, ToSipDomain("acme.sip.twilio.com")),
        ({}, ToAnything()),
    ],
)
def test_a_route_says_what_it_answers(keys: Mapping[str, str], match: Match) -> None:
    """Number, prefix, SIP domain, or everything else."""
    assert read(**keys).match == match


@pytest.mark.parametrize(
    ("written", "parting"),
    [
        ("hangup", Parting()),
        ({"say": "Bye."}, Parting(Say("Bye.", "en-US"))),
        ({"say": "Bye.", "then": "hangup"}, Parting(Say("Bye.", "en-US"))),
        ({"then": {"dial": "+14155550100"}}, Parting(None, "+14155550100")),
        ({"dial": "+14155550100"}, Parting(None, "+14155550100")),
    ],
)
def test_both_partings_are_written_alike(written: object, parting: Parting) -> None:
    """`on_failure` and `after` take every form."""
    route = read(on_failure=written, after=written)

    assert route.on_failure == route.after == parting


def test_a_busy_gateway_does_not_send_callers_to_itself() -> None:
    """They would go round in circles, and each round is a call."""
    with pytest.raises(ValidationError, match="must not be the number that the route answers"):
        read(to="+14155551234", overflow="+1 415 555 1234")


@pytest.mark.parametrize("parting", [{"dial": "+1 415 555 1234"}, {"say": "Hold.", "then": {"dial": "+14155551234"}}])
def test_what_fails_is_not_tried_again_by_a_call_to_itself(parting: object) -> None:
    """While Kallglot is away that call fails too and dials again, and each round is a call that is paid for."""
    with pytest.raises(ValidationError, match=r"must not dial \+14155551234, the number that the route answers"):
        read(to="+14155551234", on_failure=parting)

    assert read(to="+14155551234", after=parting).after.dial == "+14155551234"


def test_a_failure_is_never_silent_unless_asked_for() -> None:
    """A caller without words thinks that the line is dead."""
    assert read().on_failure == SORRY
    assert read(on_failure="hangup").on_failure == Parting()


@pytest.mark.parametrize("mode", Mode)
def test_machines_can_be_interrupted_and_translations_not(mode: Mode) -> None:
    """Unless the route says otherwise."""
    assert read(mode=mode).barge_in is mode.converses
    assert read(mode=mode, barge_in=not mode.converses).barge_in is not mode.converses


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("name", " ", "must not be empty"),
        ("to", "4155551234", "must be an E.164 number"),
        ("to_prefix", "49", "must be the beginning of an E.164 number"),
        ("sip_domain", "https://acme", "must be a host name"),
        ("source_language", "german language", "must be a language"),
        ("target_language", "german language", "must be a language"),
        ("speaker", " ", "must not be empty"),
        ("routing", "phone", 'must be "phone_number", "sip", "none"'),
        ("greeting", {"say": " "}, "must not be empty"),
        ("greeting", {"say": "Hello.", "language": "english language"}, "must be a language"),
        ("metadata", {"from_number": "+1"}, "must not hold from_number"),
        ("session", {"mode": "ai_agent"}, "must not hold mode"),
        ("after", "hang up", 'must be "hangup" or a table'),
        ("after", {"then": "hangup", "dial": "+14155550100"}, "either then or dial"),
        ("after", {"then": "dial"}, 'must be "hangup" or { dial'),
        ("after", {"dial": "bob"}, "must be an E.164 number or a sip: address"),
        ("overflow", "reception", "must be an E.164 number or a sip: address"),
        ("barge_in", "yes", "valid boolean"),
    ],
)
def test_a_wrong_value_says_what_is_right(key: str, value: object, words: str) -> None:
    """In our words, where the type alone does not say it."""
    with pytest.raises(ValidationError) as caught:
        read(**{key: value})

    (error,) = caught.value.errors(include_url=False)
    assert error["loc"][0] == key
    assert words in error["msg"]
