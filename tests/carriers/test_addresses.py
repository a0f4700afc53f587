"""Callers, called numbers and SIP addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.carriers.addresses import (
    called_of,
    caller_of,
    is_e164,
    is_sip,
    sip_headers_of,
    sip_host,
    sip_uri,
)
from gateway.carriers.forms import Form


@pytest.mark.parametrize("address", ["+14155550100", "+4930123456", "sip:bob@example.com", "client:jane", "5551234"])
def test_a_caller_who_shows_an_address_is_known_by_it(address: str) -> None:
    """Numbers, SIP addresses and clients come through as they are."""
    assert caller_of(address) == address


@pytest.mark.parametrize(
    ("address", "uri"),
    [
        pytest.param("sip:zoë@example.com", "sip:zo%C3%AB@example.com", id="letters"),
        pytest.param("sip:John Doe@example.com", "sip:John%20Doe@example.com", id="space"),
        pytest.param("sip:zo%C3%AB@example.com;user=ip", "sip:zo%C3%AB@example.com;user=ip", id="escaped"),
    ],
)
def test_a_sip_address_is_written_as_a_uri(address: str, uri: str) -> None:
    """Some telephones do not escape their names: Kallglot is told a SIP URI all the same, and takes the call."""
    assert caller_of(address) == uri


@pytest.mark.parametrize(
    "address",
    ["", "anonymous", "Anonymous", "unknown", "Restricted", "unavailable", "sip:anonymous@anonymous.invalid"],
)
def test_a_withheld_caller_is_nobody(address: str) -> None:
    """The session is created without a from number."""
    assert caller_of(address) == ""


@pytest.mark.parametrize("address", ["+1\n415", "\x00", "x" * 257], ids=["newline", "nul", "long"])
def test_a_caller_id_that_is_no_address_is_withheld(address: str) -> None:
    """The call is taken all the same."""
    assert caller_of(address) == ""


def test_numbers_that_mean_withheld_are_the_carriers() -> None:
    """Also as the user of a SIP address."""
    assert caller_of("+266696687", withheld_numbers={"+266696687"}) == ""
    assert caller_of("sip:+266696687@sip.example.com", withheld_numbers={"+266696687"}) == ""
    assert caller_of("+266696687") == "+266696687"


@pytest.mark.parametrize("address", ["+1\n415", "+1" * 200, ""], ids=["newline", "long", "blank"])
def test_a_called_address_that_is_none_is_nobody_s(address: str) -> None:
    """A browser may send any: its caller is answered as one to no number."""
    assert called_of(Form((("To", address),))) == ""


def test_a_called_address_comes_as_it_is() -> None:
    """A number, or whatever a SIP caller dialled."""
    assert called_of(Form((("To", "+14155550100"),))) == "+14155550100"
    assert called_of(Form((("To", "sip:support@acme.sip.twilio.com"),))) == "sip:support@acme.sip.twilio.com"


def test_a_called_address_may_be_missing() -> None:
    """Calls to applications need have none."""
    assert called_of(Form(())) == ""


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("sip:support@acme.sip.twilio.com", "acme.sip.twilio.com"),
        ("SIPS:support@ACME.example.com:5061;transport=tls", "acme.example.com"),
        ("+13122010091@10.239.182.10", "10.239.182.10"),
        ("sip:example.com?subject=x", "example.com"),
        ("sip:bob@[2001:db8::1]:5060", "[2001:db8::1]"),
        ("", ""),
    ],
)
def test_the_host_of_a_sip_address(address: str, host: str) -> None:
    """Without scheme, user, port and parameters."""
    assert sip_host(address) == host


@given(st.text())
def test_any_text_has_a_host_or_none(address: str) -> None:
    """Nothing a caller writes into an address raises."""
    assert isinstance(sip_host(address), str)
    assert is_sip(sip_uri(address))


@pytest.mark.parametrize(
    ("address", "expected"),
    [("+14155550100", True), ("14155550100", False), ("100", False), ("+0123", False), ("+" + "1" * 16, False)],
)
def test_e164_has_a_plus_and_at_most_fifteen_digits(address: str, *, expected: bool) -> None:
    """An extension at a SIP domain is no telephone number."""
    assert is_e164(address) is expected


def test_only_x_headers_of_the_invite_are_taken() -> None:
    """Of a repeated one the first; names keep their spelling."""
    form = Form(
        (
            ("SipHeader_X-Queue", "gold"),
            ("SipHeader_X-Queue", "silver"),
            ("SipHeader_x-lower", ""),
            ("SipHeader_User-to-User", "no"),
            ("X-Queue", "no"),
            ("SipCallId", "no"),
        )
    )
    assert sip_headers_of(form) == {"X-Queue": "gold", "x-lower": ""}
