from pathlib import Path

import pytest

from gateway.errors import ConfigError
from gateway.sandbox.organization import Carrier, KeyState, Organization, Permission, load_organization


def test_everything_can_be_set_up_in_a_file(tmp_path: Path) -> None:
    """Keys, numbers, connections, webhooks."""
    path = tmp_path / "organization.toml"
    path.write_text(
        """
active = false
requests_per_minute = 120
[[key]]
value = "sk_test_desk"
permissions = ["sessions:read"]
state = "revoked"
[[number]]
phone_number = "+14155551234"
carrier = "telnyx"
[[connection]]
id = "pcon_01HXYZ"
default = true
[[webhook]]
url = "http://127.0.0.1:9000/events"
secret = "whsec_1"
events = ["session.ended"]
"""
    )
    found = load_organization(path)

    assert (found.active, found.requests_per_minute, found.owns_lines) == (False, 120, True)
    assert found.keys[0].permissions == {Permission.SESSIONS_READ}
    assert (found.keys[0].state, found.numbers[0].carrier) == (KeyState.REVOKED, Carrier.TELNYX)
    assert (found.connections[0].default, found.connections[0].carrier) == (True, Carrier.TWILIO)
    assert (found.webhooks[0].secret, found.webhooks[0].events) == ("whsec_1", frozenset({"session.ended"}))


def test_nothing_set_up_owns_nothing() -> None:
    """Then every number and connection is as good as set up."""
    assert not Organization().owns_lines


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("x", "organization.toml", id="no toml"),
        pytest.param("activ = true", "activ", id="misspelt"),
        pytest.param('[[number]]\nphone_number = "030"', "number[0].phone_number", id="no e.164"),
        pytest.param('[[number]]\nphone_number = "+1415"\ncarrier = "bell"', "'bell'", id="unknown carrier"),
        pytest.param('[[key]]\nvalue = "pk_1"', "key[0].value", id="no key"),
        pytest.param('[[webhook]]\nurl = "ftp://x"', "webhook[0].url", id="no url"),
        pytest.param('[[webhook]]\nurl = "http://x"\nevents = ["session.end"]', "'session.end'", id="no such event"),
    ],
)
def test_a_file_that_cannot_be_used_is_the_operator_s_problem(tmp_path: Path, text: str, said: str) -> None:
    """Named by its place."""
    path = tmp_path / "organization.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_organization(path)

    assert said in str(caught.value)


def test_a_missing_file_is_the_operator_s_problem(tmp_path: Path) -> None:
    """With its path."""
    with pytest.raises(ConfigError, match="absent"):
        load_organization(tmp_path / "absent.toml")
