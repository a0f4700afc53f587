import base64
from collections.abc import Mapping

import pytest

from gateway.calls import Carrier
from gateway.routing.routes import Mode, Route
from gateway.settings.load import load_settings
from gateway.settings.missing import missing_secrets, unguarded

KALLGLOT = {"GATEWAY_KALLGLOT__API_KEY": "sk_live_1"}
TWILIO = {"GATEWAY_TWILIO__AUTH_TOKENS": '["token"]'}
TELNYX = {"GATEWAY_TELNYX__PUBLIC_KEY": base64.b64encode(bytes(32)).decode()}


def missing(environ: Mapping[str, str], *carriers: Carrier | None) -> list[str]:
    routes = [Route(name=str(carrier), mode=Mode.AI_AGENT, carrier=carrier) for carrier in carriers]
    return [line.split()[0] for line in missing_secrets(load_settings(None, environ), routes)]


@pytest.mark.parametrize(
    ("environ", "carriers", "names"),
    [
        pytest.param({}, [None], ["kallglot.api_key", "twilio.auth_tokens", "telnyx.public_key"], id="nothing is set"),
        pytest.param(KALLGLOT | TWILIO, [None], [], id="a carrier that nothing speaks of is not expected"),
        pytest.param(KALLGLOT | TELNYX, [None], [], id="nor is the other"),
        pytest.param(KALLGLOT | TWILIO, [None, Carrier.TELNYX], ["telnyx.public_key"], id="a route names it"),
        pytest.param(TWILIO | {"GATEWAY_KALLGLOT__API_KEY": "  "}, [None], ["kallglot.api_key"], id="a blank key"),
        pytest.param(KALLGLOT | TELNYX, [Carrier.TWILIO], ["twilio.auth_tokens"], id="a route names Twilio"),
        pytest.param(
            KALLGLOT | {"GATEWAY_TWILIO__ACCOUNT_SID": "AC1"}, [None], ["twilio.auth_tokens"], id="its account is set"
        ),
        pytest.param(
            KALLGLOT | {"GATEWAY_TWILIO__AUTH_TOKENS": '[""]'}, [None], ["twilio.auth_tokens"], id="an empty token"
        ),
        pytest.param(
            KALLGLOT | {"GATEWAY_TWILIO__AUTH_TOKENS": '[" "]'}, [None], ["twilio.auth_tokens"], id="a blank token"
        ),
        pytest.param(KALLGLOT | {"GATEWAY_TELNYX__API_KEY": "k"}, [None], ["telnyx.public_key"], id="its key is set"),
        pytest.param(
            KALLGLOT | {"GATEWAY_TELNYX__REQUIRE_SIGNATURE": "false"},
            [Carrier.TELNYX],
            [],
            id="no signature is required",
        ),
    ],
)
def test_what_is_missing_depends_on_who_may_call(
    environ: Mapping[str, str], carriers: list[Carrier | None], names: list[str]
) -> None:
    """A user of one carrier need not hear of the other."""
    assert missing(environ, *carriers) == names


def test_what_is_missing_says_where_to_put_it() -> None:
    """And what for."""
    assert missing_secrets(load_settings(None, TWILIO), []) == [
        "kallglot.api_key (GATEWAY_KALLGLOT__API_KEY) is missing; it is needed to create sessions"
    ]


@pytest.mark.parametrize(
    ("environ", "is_open"),
    [
        pytest.param({}, False, id="signatures"),
        pytest.param({"GATEWAY_TELNYX__ALLOW_CIDRS": '["192.76.120.0/24"]'}, False, id="networks alone"),
        pytest.param({"GATEWAY_TELNYX__ALLOW_CIDRS": "[]"}, True, id="neither"),
        pytest.param(TELNYX, True, id="a key, but nobody has to sign"),
    ],
)
def test_who_asks_for_no_signature_is_told_that_anybody_may_call(environ: Mapping[str, str], *, is_open: bool) -> None:
    """Each call is a session that is billed."""
    required = {"GATEWAY_TELNYX__REQUIRE_SIGNATURE": str(not environ).lower()}

    problems = unguarded(load_settings(None, {**environ, **required}))

    assert [problem.split()[0] for problem in problems] == ["telnyx.require_signature"] * is_open
