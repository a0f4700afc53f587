import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.app import app
from gateway.errors import ConfigError

ROUTES = """
[[route]]
name = "support"
to = "+14155551234"
mode = "bidirectional_translation"
source_language = "de"
[[route]]
name = "germany"
to_prefix = "+49"
carrier = "telnyx"
mode = "ai_agent"
routing = "none"
[[route]]
name = "sip"
sip_domain = "acme.sip.twilio.com"
mode = "ai_agent"
routing = "sip"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "routes.toml").write_text(ROUTES)
    config = tmp_path / "gateway.toml"
    config.write_text("")
    return config


def run(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["route", *arguments, "--config", str(config)])


def test_the_exact_body_is_shown(config: Path) -> None:
    """What Kallglot would be sent for that call."""
    result = run(config, "+1 (415) 555-1234", "--from", "+49 30 123456", "--json")

    assert result.exit_code == 0
    shown = json.loads(result.stdout)
    assert shown["idempotency_key"].startswith("gateway-call_")
    del shown["idempotency_key"]
    assert shown == {
        "route": "support",
        "carrier": "twilio",
        "session": {
            "mode": "bidirectional_translation",
            "source_language": "de",
            "routing": {"phone_number": "+14155551234"},
            "metadata": {
                "twilio_call_sid": "CA00000000000000000000000000000000",
                "from_number": "+4930123456",
                "to_number": "+14155551234",
            },
        },
    }


@pytest.mark.parametrize(
    ("carrier", "caller", "shown"),
    [
        ("twilio", "anonymous", ""),
        ("telnyx", "Restricted", ""),
        ("telnyx", "sip:anonymous@anonymous.invalid", ""),
        ("twilio", "+266696687", ""),
        ("telnyx", "+266696687", "+266696687"),
        ("twilio", "sip:jürgen@example.com", "sip:j%C3%BCrgen@example.com"),
    ],
)
def test_a_caller_is_read_as_the_carrier_tells_it(config: Path, carrier: str, caller: str, shown: str) -> None:
    """Kallglot is told nothing of one who withholds their number, in whatever word the carrier says so."""
    result = run(config, "+14155551234", "--carrier", carrier, "--from", caller, "--json")

    assert json.loads(result.stdout)["session"]["metadata"]["from_number"] == shown


def test_people_get_lines(config: Path) -> None:
    """Route, why it answers, and the request."""
    result = run(config, "+4930123456", "--carrier", "telnyx")

    assert result.exit_code == 0
    assert result.stdout.startswith('route germany: to_prefix = "+49", carrier = "telnyx"\n')
    assert '"telnyx_call_sid"' in result.stdout


def test_a_sip_address_is_a_call_to_its_domain(config: Path) -> None:
    """As Twilio announces calls to a SIP domain."""
    result = run(config, "sip:bob@acme.sip.twilio.com", "--from", "sip:alice@example.com", "--json")

    assert json.loads(result.stdout)["session"]["routing"] == {
        "type": "sip",
        "sip": {"from_uri": "sip:alice@example.com"},
    }


def test_no_route_is_a_problem(config: Path) -> None:
    """Such a caller would be refused."""
    result = run(config, "+33123456789")

    assert result.exit_code == 1
    assert isinstance(result.exception, ConfigError)
    assert str(result.exception) == "no route answers +33123456789 from twilio"


def test_another_carriers_route_is_a_hint(config: Path) -> None:
    """A route that is narrowed by carrier is easily forgotten."""
    result = run(config, "+4930123456")

    assert str(result.exception) == "no route answers +4930123456 from twilio; from telnyx it is germany"


@pytest.mark.parametrize(
    ("number", "hint"),
    [("14155551234", "is it +14155551234?"), ("0014155551234", "is it +14155551234?"), ("bob", "not 'bob'")],
)
def test_what_is_no_number_is_refused(config: Path, number: str, hint: str) -> None:
    """With what was probably meant."""
    result = run(config, number)

    assert result.exit_code == 2
    assert hint in " ".join(result.stderr.replace("│", " ").split())
