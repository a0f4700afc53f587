"""Twilio's signature, against its published vectors and its own SDK."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import (
    RequestValidator,
)

from gateway.carriers.twilio.signature import (
    HEADER,
    SETTINGS_HEADER,
    Algorithm,
    Claim,
    check,
    read_claim,
    sign,
    socket_spellings,
    webhook_spellings,
)
from gateway.errors import SignatureError, SignatureFault

TOKEN = "12345"
DOCUMENTED = (
    ("Digits", "1234"),
    ("To", "+18005551212"),
    ("From", "+14158675310"),
    ("Caller", "+14158675310"),
    ("CallSid", "CA1234567890ABCDE"),
)
SDK = (
    ("CallSid", "CA1234567890ABCDE"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
    ("Caller", "+14158675309"),
)
JSON_URL = "https://example.com/myapp?bodySHA256=5ccde7145dfb8f56479710896586cb9d5911809d83afbe34627818790db0aec9"
HOSTS = st.from_regex(r"[a-z][a-z0-9-]{0,20}(\.[a-z]{2,8}){1,2}", fullmatch=True)
PARAMETERS = st.lists(st.tuples(st.text(max_size=10), st.text(max_size=10)), max_size=12)


class Repeating(dict[str, list[str]]):
    """Form parameters as the SDK wants them: a multi-dict."""

    def getall(self, name: str) -> list[str]:
        return self[name]


def repeating(pairs: list[tuple[str, str]]) -> Repeating:
    parameters = Repeating()
    for name, value in pairs:
        parameters.setdefault(name, []).append(value)
    return parameters


@pytest.mark.parametrize(
    ("url", "parameters", "signature"),
    [
        pytest.param(
            "https://example.com/myapp.php?foo=1&bar=2", DOCUMENTED, "L/OH5YylLD5NRKLltdqwSvS0BnU=", id="docs"
        ),
        pytest.param("https://mycompany.com/myapp.php?foo=1&bar=2", SDK, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", id="sdk"),
        pytest.param(
            "https://example.com/voice?CallSid=CA1&From=%2B14158675310", (), "leGTwUzmsb6NcQnrv8D52A4WLxQ=", id="get"
        ),
        pytest.param("wss://example.com/ws", (), "HXrgvHt0qTHu33oSxSjpOvWtO60=", id="socket"),
        pytest.param("wss://example.com/ws/", (), "j0Lk7oc4I3dN5+UOMYWX25p8tJA=", id="socket-slash"),
        pytest.param(JSON_URL, (), "hPXmLwIy3Fgqv1i9KPmH/HhQ6zo=", id="json"),
    ],
)
def test_published_vectors(url: str, parameters: tuple[tuple[str, str], ...], signature: str) -> None:
    """What Twilio's SDK signs we sign."""
    assert sign(TOKEN, url, parameters) == signature


def test_published_vector_of_a_shared_key() -> None:
    """The newer HMAC-SHA256 over the same text."""
    url = "https://example.com/myapp.php?foo=1&bar=2"
    assert sign(TOKEN, url, DOCUMENTED, Algorithm.HMAC_SHA256) == "qMztBq0IANMH/q0K9sCfKQJLylezvRdRzRS647SAVow="


@given(PARAMETERS, st.sampled_from(list(Algorithm)))
def test_signs_as_the_sdk_does(pairs: list[tuple[str, str]], algorithm: Algorithm) -> None:
    """Blank, repeated and unordered parameters count as they do there."""
    url = "https://example.com/voice"
    expected = RequestValidator(TOKEN).compute_signature(url, repeating(pairs), algorithm.value)
    assert sign(TOKEN, url, pairs, algorithm) == expected


@given(HOSTS, st.sampled_from(["", ":443", ":8443", ":80"]), st.sampled_from(["/v", "/v?a=1&b=", "/"]), PARAMETERS)
def test_accepts_what_the_sdk_accepts(host: str, port: str, path: str, pairs: list[tuple[str, str]]) -> None:
    """With and without the port, whichever of the two was signed."""
    seen = f"https://{host}{port}{path}"
    for signed in (f"https://{host}{path}", f"https://{host}{port or ':443'}{path}"):
        signature = RequestValidator(TOKEN).compute_signature(signed, repeating(pairs))
        assert RequestValidator(TOKEN).validate(seen, repeating(pairs), signature)
        check(Claim(signature, Algorithm.HMAC_SHA1), [TOKEN], webhook_spellings(seen), pairs)


@pytest.mark.parametrize(
    ("url", "spellings"),
    [
        ("https://example.com/v", ("https://example.com/v", "https://example.com:443/v")),
        ("https://example.com:8443/v?a=/:@", ("https://example.com/v?a=/:@", "https://example.com:8443/v?a=/:@")),
        ("http://example.com/v", ("http://example.com/v", "http://example.com:80/v")),
        ("https://example.com/v#rc=2&rp=ct", ("https://example.com/v", "https://example.com:443/v")),
        ("https://user:pass@example.com:8443/v", ("https://example.com/v", "https://example.com:8443/v")),
        ("https://[2001:db8::1]:8443/v", ("https://[2001:db8::1]/v", "https://[2001:db8::1]:8443/v")),
        ("https://[2001:db8::1]/v", ("https://[2001:db8::1]/v", "https://[2001:db8::1]:443/v")),
        ("https://example.com", ("https://example.com", "https://example.com:443")),
        ("https://example.com/v?", ("https://example.com/v?", "https://example.com:443/v?")),
        ("no url", ("no url",)),
    ],
)
def test_spellings_of_a_webhook(url: str, spellings: tuple[str, ...]) -> None:
    """Without and with the port; never a fragment or credentials."""
    assert webhook_spellings(url) == spellings


@pytest.mark.parametrize("url", ["wss://example.com/ws", "wss://example.com/ws/"])
def test_spellings_of_a_socket(url: str) -> None:
    """With and without the trailing slash and the port."""
    assert set(socket_spellings(url)) == {
        "wss://example.com/ws",
        "wss://example.com/ws/",
        "wss://example.com:443/ws",
        "wss://example.com:443/ws/",
    }


def test_any_of_several_tokens_may_have_signed() -> None:
    """A token is being rotated, or a number lives in another region."""
    claim = Claim(sign("new", "https://example.com/v"), Algorithm.HMAC_SHA1)
    check(claim, ["old", "new"], ["https://example.com/v"])
    with pytest.raises(SignatureError) as caught:
        check(claim, ["old", "other"], ["https://example.com/v"])
    assert caught.value.fault is SignatureFault.MISMATCH


@pytest.mark.parametrize(
    "signature",
    ["L/OH5YylLD5NRKLltdqwSvS0Bnu=", "L/OH5YylLD5NRKLltdqwSvS0BnU", "x", "ä", "\ud800", b64encode(bytes(20)).decode()],
    ids=ascii,
)
def test_a_wrong_signature_is_a_mismatch(signature: str) -> None:
    """Whatever it looks like."""
    with pytest.raises(SignatureError) as caught:
        check(Claim(signature, Algorithm.HMAC_SHA1), [TOKEN], ["https://example.com/myapp.php?foo=1&bar=2"], DOCUMENTED)
    assert caught.value.fault is SignatureFault.MISMATCH


@pytest.mark.parametrize(
    ("settings", "algorithm"),
    [
        ("", Algorithm.HMAC_SHA1),
        ("key=webhooks_sharedkey_1", Algorithm.HMAC_SHA1),
        ("key=webhooks_sharedkey_1,algorithm=", Algorithm.HMAC_SHA1),
        ("key=webhooks_sharedkey_1, algorithm=hmac_sha256", Algorithm.HMAC_SHA256),
    ],
)
def test_the_algorithm_is_read_from_the_settings_header(settings: str, algorithm: Algorithm) -> None:
    """Where the header is absent or says nothing, it is the auth token's."""
    assert read_claim({HEADER: "s", SETTINGS_HEADER: settings}) == Claim("s", algorithm)


def test_an_unknown_algorithm_is_malformed() -> None:
    """Nothing that cannot be checked is let in."""
    with pytest.raises(SignatureError, match="'MD5'") as caught:
        read_claim({HEADER: "s", SETTINGS_HEADER: "algorithm=MD5"})
    assert caught.value.fault is SignatureFault.MALFORMED


@pytest.mark.parametrize("headers", [{}, {HEADER: ""}], ids=["absent", "blank"])
def test_no_signature_is_missing(headers: dict[str, str]) -> None:
    """Told apart from a wrong one."""
    with pytest.raises(SignatureError) as caught:
        read_claim(headers)
    assert caught.value.fault is SignatureFault.MISSING
