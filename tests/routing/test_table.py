import pytest

from gateway.calls import Carrier, IncomingCall, SipOrigin
from gateway.errors import ConfigError
from gateway.routing.routes import Match, Mode, Route, ToAnything, ToNumber, ToPrefix, ToSipDomain
from gateway.routing.table import RouteTable, describe
from tests.routing.calls import call

DOMAIN = "acme.sip.twilio.com"
SIP = SipOrigin("ACME.sip.twilio.com")


def route(name: str, match: Match, carrier: Carrier | None = None) -> Route:
    return Route(name=name, mode=Mode.AI_AGENT, match=match, carrier=carrier)


def describe_match(match: Match) -> str:
    return describe(route("", match))


TABLE = RouteTable(
    [
        route("default", ToAnything()),
        route("domain", ToSipDomain(DOMAIN)),
        route("us", ToPrefix("+1")),
        route("san francisco", ToPrefix("+1415")),
        route("number", ToNumber("+14155551234")),
        route("us at telnyx", ToPrefix("+1"), Carrier.TELNYX),
        route("default at telnyx", ToAnything(), Carrier.TELNYX),
        route("number at telnyx", ToNumber("+14155550000"), Carrier.TELNYX),
    ]
)


@pytest.mark.parametrize(
    ("incoming", "name"),
    [
        pytest.param(call("+14155551234"), "number", id="exact number before prefixes"),
        pytest.param(call("+1 (415) 555-1234"), "number", id="spaces do not count"),
        pytest.param(call("+14155551234", sip=SIP), "number", id="exact number before SIP domain"),
        pytest.param(call(f"sip:+14155551234@{DOMAIN}", sip=SIP), "number", id="number within a SIP address"),
        pytest.param(call("+14155559999"), "san francisco", id="longest prefix"),
        pytest.param(call("+12125551234"), "us", id="shorter prefix"),
        pytest.param(call("+12125551234", carrier=Carrier.TELNYX), "us at telnyx", id="with carrier before without"),
        pytest.param(
            call("+14155559999", carrier=Carrier.TELNYX),
            "san francisco",
            id="longer prefix before carrier's shorter one",
        ),
        pytest.param(call("+14155550000"), "san francisco", id="another carrier's number is none of ours"),
        pytest.param(call("+14155550000", carrier=Carrier.TELNYX), "number at telnyx", id="the carrier's own number"),
        pytest.param(call(f"sip:bob@{DOMAIN}", sip=SIP), "domain", id="SIP domain, whatever its case"),
        pytest.param(call(f"sip:bob@{DOMAIN.upper()}"), "domain", id="host of the called address"),
        pytest.param(call("bob", sip=SIP), "domain", id="SIP domain of the origin"),
        pytest.param(call("sip:bob@example.com"), "default", id="unknown domain"),
        pytest.param(call("+33123456789"), "default", id="unknown number"),
        pytest.param(call("", carrier=Carrier.TELNYX), "default at telnyx", id="default by carrier"),
    ],
)
def test_the_most_specific_route_answers(incoming: IncomingCall, name: str) -> None:
    """Number, longest prefix, SIP domain, default; among equals the one that names the carrier."""
    found = TABLE.find(incoming)

    assert found is not None
    assert found.name == name


def test_without_a_default_an_unknown_number_has_no_route() -> None:
    """Such a call gets the refusal."""
    assert RouteTable([route("us", ToPrefix("+1"))]).find(call("+33123456789")) is None


def test_a_route_is_found_by_its_name() -> None:
    """A call remembers only the name of its route."""
    found = TABLE.named("us")

    assert found is not None
    assert found.match == ToPrefix("+1")
    assert TABLE.named("gone") is None


def test_a_prefix_may_be_a_whole_number() -> None:
    """+4930 also answers +4930 itself."""
    assert RouteTable([route("berlin", ToPrefix("+4930"))]).find(call("+4930")) is not None


@pytest.mark.parametrize(
    "match",
    [ToNumber("+14155551234"), ToPrefix("+49"), ToSipDomain(DOMAIN), ToAnything()],
    ids=describe_match,
)
@pytest.mark.parametrize("carrier", [None, Carrier.TWILIO])
def test_two_routes_for_the_same_calls_are_an_error(match: Match, carrier: Carrier | None) -> None:
    """Which one answers must not depend on their order."""
    with pytest.raises(ConfigError) as caught:
        RouteTable([route("first", match, carrier), route("second", match, carrier)])

    (problem,) = caught.value.problems
    assert "'first'" in problem
    assert "'second'" in problem


def test_two_routes_of_one_name_are_an_error() -> None:
    """Logs and metrics could not tell them apart."""
    with pytest.raises(ConfigError, match="'us': name must be unique"):
        RouteTable([route("us", ToPrefix("+1")), route("us", ToPrefix("+1415"))])


def test_a_match_is_described_as_it_is_written() -> None:
    """So that it can be found in the file."""
    assert describe_match(ToNumber("+1415")) == 'to = "+1415"'
    assert describe_match(ToPrefix("+1")) == 'to_prefix = "+1"'
    assert describe_match(ToSipDomain("a.b")) == 'sip_domain = "a.b"'
    assert describe_match(ToAnything()) == "any call"
    assert describe(route("", ToPrefix("+1"), Carrier.TELNYX)) == 'to_prefix = "+1", carrier = "telnyx"'
