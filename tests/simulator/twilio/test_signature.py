import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from gateway.simulator.twilio.signature import sign, signed_url

_DOCUMENTED = [
    ("Digits", "1234"),
    ("To", "+18005551212"),
    ("From", "+14158675310"),
    ("Caller", "+14158675310"),
    ("CallSid", "CA1234567890ABCDE"),
]


@pytest.mark.parametrize(
    ("url", "parameters", "signature"),
    [
        ("https://example.com/myapp.php?foo=1&bar=2", _DOCUMENTED, "L/OH5YylLD5NRKLltdqwSvS0BnU="),
        ("https://example.com/voice?CallSid=CA1&From=%2B14158675310", [], "leGTwUzmsb6NcQnrv8D52A4WLxQ="),
        ("wss://example.com/ws", [], "HXrgvHt0qTHu33oSxSjpOvWtO60="),
        ("wss://example.com/ws/", [], "j0Lk7oc4I3dN5+UOMYWX25p8tJA="),
    ],
    ids=["form", "query", "socket", "socket with slash"],
)
def test_signs_as_twilio_documents(url: str, parameters: list[tuple[str, str]], signature: str) -> None:
    """The vectors of Twilio's documentation and of its own package."""
    assert sign("12345", url, parameters) == signature


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=8))
def test_twilios_own_validator_agrees(parameters: dict[str, str]) -> None:
    """Whatever the parameters are, blank ones and ones beyond ASCII too."""
    url = "https://example.com/voice"
    try:
        signature = sign("token", url, parameters.items())
    except UnicodeEncodeError:
        return
    assert RequestValidator("token").validate(url, parameters, signature)


@pytest.mark.parametrize(
    ("url", "signed"),
    [
        ("https://user:pass@example.com:8443/a?b=c", "https://example.com/a?b=c"),
        ("http://user:pass@example.com:8080/a", "http://example.com:8080/a"),
        ("https://example.com/a#rc=2&rp=ct", "https://example.com/a"),
        ("https://example.com/a", "https://example.com/a"),
    ],
)
def test_leaves_out_what_twilio_does_not_sign(url: str, signed: str) -> None:
    """User information always, the port over HTTPS, connection overrides always."""
    assert signed_url(url) == signed
