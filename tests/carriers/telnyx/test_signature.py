"""Telnyx' signature, against its published vector."""

from base64 import b64encode
from ipaddress import ip_network

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.carriers.telnyx.signature import (
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    check_address,
    claims_signature,
    load_public_key,
    verify,
)
from gateway.errors import SignatureError, SignatureFault
from tests.carriers.telnyx.keys import NOW_S, OTHER_PUBLIC_KEY, PUBLIC_KEY, signature_headers

KEY = load_public_key(PUBLIC_KEY)
OTHER = load_public_key(OTHER_PUBLIC_KEY)
BODY = b"AccountSid=f5586561&CallSid=v3%3Aabc&From=%2B13122010091&To=%2B13122010090"
SIGNATURE = "Jkc/s3ppaVl5etrC0fQci/NJUN9U3Twl8q6RLM+E7ZZeHRXLQyDkRkpQ/p5axj5uWRQ2/V6bSkucsiClRJCBBw=="
HEADERS = {SIGNATURE_HEADER: SIGNATURE, TIMESTAMP_HEADER: "1700000000"}
ALLOWED = [ip_network("192.76.120.128/29"), ip_network("2001:db8::/32")]


def fault_of(headers: dict[str, str], body: bytes = BODY, now_s: int = NOW_S) -> SignatureFault:
    with pytest.raises(SignatureError) as caught:
        verify([KEY], headers, body, now_s)
    return caught.value.fault


def test_published_vector() -> None:
    """What Telnyx' SDK accepts we accept."""
    verify([KEY], HEADERS, BODY, NOW_S)


@pytest.mark.parametrize(
    ("keys", "number"), [([KEY], 0), ([KEY, OTHER], 0), ([OTHER, KEY], 1)], ids=["old", "old and new", "new and old"]
)
def test_any_of_the_keys_may_have_signed(keys: list[Ed25519PublicKey], number: int) -> None:
    """While one takes the other's place nobody knows when Telnyx changes over."""
    assert verify(keys, HEADERS, BODY, NOW_S) == number


@pytest.mark.parametrize("keys", [[], [OTHER], [OTHER, OTHER]], ids=["none", "new", "others"])
def test_a_key_that_was_taken_away_is_not_believed(keys: list[Ed25519PublicKey]) -> None:
    """A rotation ends with it."""
    with pytest.raises(SignatureError) as caught:
        verify(keys, HEADERS, BODY, NOW_S)
    assert caught.value.fault is SignatureFault.MISMATCH


@given(st.binary(), st.integers(min_value=0, max_value=10**11))
def test_any_bytes_can_be_signed(body: bytes, timestamp: int) -> None:
    """Bytes, not text: a body that is not UTF-8 has a signature too."""
    verify([KEY], signature_headers(body, str(timestamp)), body, timestamp)


@pytest.mark.parametrize("age_s", [-300, 0, 300])
def test_five_minutes_either_way_are_allowed(age_s: int) -> None:
    """Clocks differ, and networks delay."""
    verify([KEY], HEADERS, BODY, NOW_S + age_s)


@pytest.mark.parametrize("age_s", [-301, 301, 10**9])
def test_an_older_signature_is_stale(age_s: int) -> None:
    """It may be a replay."""
    assert fault_of(HEADERS, now_s=NOW_S + age_s) is SignatureFault.STALE


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        pytest.param({SIGNATURE_HEADER: ""}, SignatureFault.MISSING, id="no-signature"),
        pytest.param({TIMESTAMP_HEADER: ""}, SignatureFault.MISSING, id="no-timestamp"),
        pytest.param({TIMESTAMP_HEADER: "soon"}, SignatureFault.MALFORMED, id="timestamp-word"),
        pytest.param({TIMESTAMP_HEADER: "-1700000000"}, SignatureFault.MALFORMED, id="timestamp-sign"),
        pytest.param({TIMESTAMP_HEADER: "١٧٠٠٠٠٠٠٠٠"}, SignatureFault.MALFORMED, id="timestamp-digits"),
        pytest.param({TIMESTAMP_HEADER: "9" * 5000}, SignatureFault.MALFORMED, id="timestamp-long"),
        pytest.param({TIMESTAMP_HEADER: "1700000001"}, SignatureFault.MISMATCH, id="another-second"),
        pytest.param({SIGNATURE_HEADER: SIGNATURE[:-4]}, SignatureFault.MALFORMED, id="short"),
        pytest.param({SIGNATURE_HEADER: SIGNATURE + "AAAA"}, SignatureFault.MALFORMED, id="long"),
        pytest.param({SIGNATURE_HEADER: "\u00e4" * 88}, SignatureFault.MALFORMED, id="not-ascii"),
        pytest.param({SIGNATURE_HEADER: "-_" + SIGNATURE[2:]}, SignatureFault.MALFORMED, id="url-alphabet"),
        pytest.param({SIGNATURE_HEADER: b64encode(bytes(64)).decode()}, SignatureFault.MISMATCH, id="zeros"),
        pytest.param({SIGNATURE_HEADER: "A" + SIGNATURE[1:]}, SignatureFault.MISMATCH, id="another"),
    ],
)
def test_a_wrong_header_has_a_fault(changed: dict[str, str], fault: SignatureFault) -> None:
    """Counted by it, and refused."""
    assert fault_of(HEADERS | changed) is fault


@pytest.mark.parametrize("body", [b"", BODY + b"&a=1", BODY.replace(b"abc", b"abd")], ids=["none", "more", "other"])
def test_another_body_is_a_mismatch(body: bytes) -> None:
    """Nothing in it can be altered."""
    assert fault_of(HEADERS, body) is SignatureFault.MISMATCH


@pytest.mark.parametrize("text", ["A6EH", "no base64!", "ä", PUBLIC_KEY + PUBLIC_KEY], ids=ascii)
def test_a_public_key_must_be_one(text: str) -> None:
    """Told when it is configured, not when the first call comes."""
    with pytest.raises(ValueError, match=r"."):
        load_public_key(text)


def test_a_public_key_may_have_a_line_break() -> None:
    """Files that secrets are mounted as often do."""
    verify([load_public_key(PUBLIC_KEY + "\n")], HEADERS, BODY, NOW_S)


def test_one_header_is_a_claim() -> None:
    """Half a signature is not the same as none."""
    assert claims_signature({SIGNATURE_HEADER: ""})
    assert claims_signature({TIMESTAMP_HEADER: "1"})
    assert not claims_signature({"content-type": "text/plain"})


@pytest.mark.parametrize("client_ip", ["192.76.120.129", "::ffff:192.76.120.129", "2001:db8::1"])
def test_an_allowed_address_is_let_in(client_ip: str) -> None:
    """Also as a dual-stack listener writes it."""
    check_address(client_ip, ALLOWED)


@pytest.mark.parametrize(
    "client_ip", ["192.76.120.136", "203.0.113.7", "2001:db9::1", "", "unix:", "\ud800"], ids=ascii
)
def test_another_address_is_refused(client_ip: str) -> None:
    """And named in the error."""
    with pytest.raises(SignatureError, match=r"telnyx\.allow_cidrs") as caught:
        check_address(client_ip, ALLOWED)
    assert caught.value.fault is SignatureFault.ADDRESS


def test_without_networks_any_address_is_let_in() -> None:
    """The signature must do then."""
    check_address("203.0.113.7", [])
