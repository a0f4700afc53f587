import pytest

from gateway.routing.addresses import e164, e164_prefix, is_sip, number_of, sip_host


@pytest.mark.parametrize("text", ["+14155551234", "+1 (415) 555-1234", "+1.415.555.1234"])
def test_a_number_is_the_same_however_it_is_spaced(text: str) -> None:
    """Operators paste numbers as they find them."""
    assert e164(text) == "+14155551234"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("14155551234", id="no plus"),
        pytest.param("+0415555", id="country code zero"),
        pytest.param("+1", id="one digit"),
        pytest.param("+1234567890123456", id="16 digits"),
        pytest.param("+1415555123a", id="letter"),
        pytest.param("+١٤١٥٥٥٥", id="digits of another script"),
        pytest.param("+14155551234\n+1", id="two lines"),
        pytest.param("anonymous", id="withheld"),
    ],
)
def test_what_is_no_e164_number_is_none(text: str) -> None:
    """A wrong number is not taken for a similar one."""
    assert e164(text) is None


def test_a_prefix_may_be_one_digit() -> None:
    """+1 is a country."""
    assert e164_prefix("+1") == "+1"
    assert e164_prefix("+49 30") == "+4930"
    assert e164_prefix("+") is None
    assert e164_prefix("49") is None


@pytest.mark.parametrize(
    ("address", "host", "number"),
    [
        ("sip:alice@example.com", "example.com", None),
        ("SIP:alice@Example.COM", "example.com", None),
        ("sips:alice@example.com:5061;transport=tls", "example.com", None),
        ("sip:example.com", "example.com", None),
        ("sip:alice:secret@example.com", "example.com", None),
        ("sip:alice@[2001:db8::1]:5060", "[2001:db8::1]", None),
        ("sip:+14155551234@acme.sip.twilio.com", "acme.sip.twilio.com", "+14155551234"),
        ("sip:+14155551234;npdi=yes@acme.sip.twilio.com;user=phone", "acme.sip.twilio.com", "+14155551234"),
    ],
)
def test_a_sip_address_has_a_host_and_may_hold_a_number(address: str, host: str, number: str | None) -> None:
    """A trunk that calls sip:+1415…@ our domain means that number."""
    assert is_sip(address)
    assert sip_host(address) == host
    assert number_of(address) == number


@pytest.mark.parametrize("address", ["+14155551234", "client:alice", "sip:", "sip:@", "mailto:a@b.c", ""])
def test_other_addresses_are_not_sip(address: str) -> None:
    """Only RFC 3261 addresses have a SIP host."""
    assert not is_sip(address)
    assert sip_host(address) is None


def test_the_number_of_a_number_is_itself() -> None:
    """PSTN calls are their number."""
    assert number_of("+14155551234") == "+14155551234"
    assert number_of("client:alice") is None
