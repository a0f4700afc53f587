from typing import Any

import pytest

from gateway.sandbox.organization import Carrier, Connection, ManagedNumber, Organization
from gateway.sandbox.plans import parse_plan
from gateway.sandbox.refusals import Refused
from gateway.sandbox.routes import Provider, Route, resolve

OURS = Organization(
    numbers=(
        ManagedNumber("+14155551234"),
        ManagedNumber("+4930123456", Carrier.TELNYX),
        ManagedNumber("+19995550000", active=False),
    ),
    connections=(
        Connection("pcon_01HXYZ", Carrier.TELNYX),
        Connection("pcon_off", active=False),
    ),
)
DEFAULT = Connection("pcon_default", Carrier.TWILIO, default=True, phone_number="+14155551234")


def route(routing: object, organization: Organization) -> Route:
    return resolve(parse_plan({"mode": "ai_agent", "routing": routing}), organization)


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
def test_where_nothing_is_set_up_everything_is_welcome(routing: object, provider: Provider, number: str | None) -> None:
    """What the session's answer will say of its telephony."""
    found = route(routing, Organization())

    assert (found.provider, found.phone_number) == (provider, number)


@pytest.mark.parametrize(
    ("routing", "found"),
    [
        pytest.param(
            {"connection_id": "pcon_01HXYZ"}, Route(Provider.TELNYX, None, "pcon_01HXYZ"), id="own connection"
        ),
        pytest.param({"type": "sip"}, Route(Provider.SIP), id="sip"),
        pytest.param({"phone_number": "+14155551234"}, Route(Provider.TWILIO, "+14155551234"), id="twilio number"),
        pytest.param({"phone_number": "+4930123456"}, Route(Provider.TELNYX, "+4930123456"), id="telnyx number"),
        pytest.param(None, Route(Provider.WEBRTC), id="stream only"),
    ],
)
def test_what_is_set_up_decides(routing: object, found: Route) -> None:
    """Connection, SIP, managed number: the documented order, of which one names but one."""
    assert route(routing, OURS) == found


def test_the_default_connection_takes_what_nothing_else_does() -> None:
    """No routing, or a number that is not managed."""
    organization = Organization(connections=(DEFAULT,))

    assert route(None, organization) == Route(Provider.TWILIO, "+14155551234", "pcon_default")
    assert route({"phone_number": "+442071234567"}, organization) == Route(
        Provider.TWILIO, "+442071234567", "pcon_default"
    )


@pytest.mark.parametrize(
    ("routing", "param"),
    [
        pytest.param({"connection_id": "pcon_unknown"}, "routing.connection_id", id="unknown connection"),
        pytest.param({"connection_id": "pcon_off"}, "routing.connection_id", id="inactive connection"),
        pytest.param({"phone_number": "+15005550006"}, "routing.phone_number", id="unknown number"),
        pytest.param({"phone_number": "+19995550000"}, "routing.phone_number", id="inactive number"),
    ],
)
def test_what_leads_nowhere_is_a_setup_error(routing: Any, param: str) -> None:
    """422, naming the field; there is no default that could take it."""
    with pytest.raises(Refused) as caught:
        route(routing, OURS)

    assert (caught.value.status, caught.value.code, caught.value.param) == (422, "routing_not_configured", param)
