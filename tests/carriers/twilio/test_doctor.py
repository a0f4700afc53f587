from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from gateway.carriers.captured import Captured, captured
from gateway.carriers.diagnosis import Diagnosis
from gateway.carriers.forms import FORM_TYPE
from gateway.carriers.twilio.doctor import diagnose
from tests.carriers.wire import read

BODY = read("twilio/voice.form")
PUBLIC_URL = "https://b.example.com"
PATH = "/webhooks/twilio/voice"
TOKENS = ("00000000000000000000000000000000", "0123456789abcdef0123456789abcdef")
FORGED = "A" * 27 + "="
ACCOUNT = "AC0123456789abcdef0123456789abcdef"


def request(signed: str, *headers: str, body: bytes = BODY, target: str = PATH, token: str = TOKENS[1]) -> Captured:
    """A request that Twilio signed for this URL with all the parameters of `BODY`, as it then arrived."""
    parameters = dict(parse_qsl(BODY.decode(), keep_blank_values=True))
    signature = RequestValidator(token).compute_signature(signed, parameters)
    lines = ["Host: 10.0.0.7:8080", f"Content-Type: {FORM_TYPE}", f"X-Twilio-Signature: {signature}", *headers]
    return captured("POST", target, lines, body)


def verdict(found: Captured, **settings: Any) -> Diagnosis:
    return diagnose(found, **{"public_url": PUBLIC_URL, "tokens": TOKENS, **settings})


def test_a_right_signature_is_right() -> None:
    """And with which token: the first is the one that is to go, in a rotation."""
    found = verdict(request(PUBLIC_URL + PATH))
    assert found.is_right
    assert found.verdict == "the signature is right: token 2 of 2 in twilio.auth_tokens made it"
    assert found.expected == PUBLIC_URL + PATH
    assert found.keys == ("00…00", "01…ef")
    assert [attempt.key for attempt in found.attempts][:2] == [1, None]


@pytest.mark.parametrize(
    ("signed", "headers", "words"),
    [
        pytest.param(
            "https://a.example.com" + PATH,
            ["X-Forwarded-Host: a.example.com, proxy"],
            f"public_url says {PUBLIC_URL} but the carrier signed https://a.example.com (host of X-Forwarded-Host): "
            "set public_url to https://a.example.com",
            id="another-host",
        ),
        pytest.param(
            f"http://10.0.0.7:8080{PATH}",
            [],
            "the carrier signed http://10.0.0.7:8080 (host of Host, by http): the URL",
            id="the-host-header",
        ),
        pytest.param(
            f"https://c.example.com{PATH}", ["X-Original-Host: c.example.com"], "https://c.example.com", id="original"
        ),
        pytest.param(
            f"https://c.example.com{PATH}",
            ['Forwarded: for=192.0.2.1;proto=https;host="c.example.com"'],
            "set public_url to https://c.example.com",
            id="rfc-7239",
        ),
        pytest.param(f"http://b.example.com{PATH}", [], "console must begin with https://", id="http-for-https"),
        pytest.param(
            f"https://b.example.com:8443{PATH}",
            ["X-Forwarded-Port: 8443"],
            "port of X-Forwarded-Port): set public_url to https://b.example.com:8443",
            id="a-port",
        ),
        pytest.param(
            PUBLIC_URL + PATH + "/", [], "which is not the URL that arrived (with a slash at the end)", id="a-slash"
        ),
        pytest.param(
            f"{PUBLIC_URL}:443{PATH}/",
            [],
            "which is not the URL that arrived (with a slash at the end, with a port)",
            id="a-slash-and-a-port",
        ),
        pytest.param(
            PUBLIC_URL + "/gw" + PATH, ["X-Forwarded-Prefix: /gw/"], "(path of X-Forwarded-Prefix)", id="a-prefix"
        ),
    ],
)
def test_another_url_is_named_with_what_to_change(signed: str, headers: list[str], words: str) -> None:
    """Host, scheme, port or path: the operator is told which setting, console field or proxy is wrong."""
    found = verdict(request(signed, *headers))
    assert not found.is_right
    assert words in found.verdict
    assert [attempt.signed for attempt in found.attempts if attempt.key is not None] == [signed]
    assert len({attempt.signed for attempt in found.attempts}) == len(found.attempts)


def test_a_slash_or_query_that_came_on_the_way_is_named() -> None:
    assert "without the slash at the end" in verdict(request(PUBLIC_URL + PATH, target=PATH + "/")).verdict
    assert "without the query" in verdict(request(PUBLIC_URL + PATH, target=PATH + "?utm=1")).verdict


@pytest.mark.parametrize(
    ("signed", "arrived", "words"),
    [
        pytest.param("?a=x%3ay", "?a=x%3Ay", "%2B as %2b", id="lower-case"),
        pytest.param("?a=%2B1", "?a=+1", "with %2B for +", id="plus-undone"),
        pytest.param("?a=x%20y", "?a=x+y", "with %20 for +", id="space"),
        pytest.param("?a=x:y", "?a=x%3Ay", "percent-encoding undone", id="encoded"),
    ],
)
def test_a_percent_spelling_that_changed_is_named(signed: str, arrived: str, words: str) -> None:
    """Proxies that write a query anew."""
    found = verdict(request(PUBLIC_URL + PATH + signed, target=PATH + arrived))
    assert not found.is_right
    assert f"which is not the URL that arrived ({words})" in found.verdict


def test_a_whole_url_that_was_written_down_counts() -> None:
    found = verdict(request("https://tunnel.example" + PATH, target="https://tunnel.example" + PATH))
    assert "(host of the captured URL)" in found.verdict


def without(*names: str) -> bytes:
    return b"&".join(pair for pair in BODY.split(b"&") if pair.partition(b"=")[0].decode() not in names)


@pytest.mark.parametrize(
    ("dropped", "words"),
    [
        (("ToCity", "CalledCity", "ToZip", "CalledZip"), "ToCity, CalledCity, ToZip and CalledZip"),
        (("ToZip",), "the blank parameter ToZip"),
    ],
)
def test_blank_parameters_that_were_dropped_are_named(dropped: tuple[str, ...], words: str) -> None:
    """What frameworks do that read a form and write it anew."""
    found = verdict(request(PUBLIC_URL + PATH, body=without(*dropped)))
    assert found.verdict.startswith("a proxy dropped the blank parameter")
    assert words in found.verdict
    assert (found.attempts[-1].note, found.attempts[-1].key) == (found.verdict, 1)


def test_a_signer_who_leaves_out_blanks_is_not_twilio() -> None:
    whole = request(PUBLIC_URL + PATH)
    parameters = dict(parse_qsl(BODY.decode()))
    signature = RequestValidator(TOKENS[0]).compute_signature(PUBLIC_URL + PATH, parameters)
    found = verdict(replace(whole, headers={**whole.headers, "x-twilio-signature": signature}))
    assert "left out the blank parameters ToZip" in found.verdict


def test_a_plus_that_became_a_space_is_named() -> None:
    found = verdict(request(PUBLIC_URL + PATH, body=BODY.replace(b"%2B", b"+")))
    assert found.verdict.startswith("the + of Called, To, From and Caller reads as a space")


def test_a_post_that_became_a_get_is_named() -> None:
    whole = request(PUBLIC_URL + PATH)
    found = verdict(Captured("GET", f"{PATH}?{BODY.decode()}", whole.headers))
    assert found.verdict.startswith("Twilio signed a POST that arrived as a GET")


def test_a_get_is_checked_with_its_query() -> None:
    target = f"{PATH}?CallSid=CA1&From={quote_plus('+1415')}"
    signature = RequestValidator(TOKENS[0]).compute_signature(PUBLIC_URL + target, {})
    assert verdict(captured("GET", target, [f"X-Twilio-Signature: {signature}"], b"")).is_right


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_handshake_is_checked_as_such(slash: str) -> None:
    """`wss`, with a slash at the end or without."""
    path = "/media/twilio/call_1.secret"
    signature = RequestValidator(TOKENS[0]).compute_signature(f"wss://b.example.com{path}{slash}", {})
    found = verdict(captured("GET", path, [f"X-Twilio-Signature: {signature}"], b""))
    assert found.verdict == "the signature is right: token 1 of 2 in twilio.auth_tokens made it"
    assert found.expected == f"wss://b.example.com{path}"


def test_a_handshake_for_another_host_is_named() -> None:
    """By what public_url must say, not by the socket's scheme."""
    path = "/media/twilio/call_1.secret"
    signature = RequestValidator(TOKENS[0]).compute_signature(f"wss://a.example.com{path}", {})
    found = verdict(captured("GET", path, [f"X-Twilio-Signature: {signature}", "Host: a.example.com"], b""))
    assert "public_url says https://b.example.com but the carrier signed https://a.example.com" in found.verdict


@pytest.mark.parametrize(
    ("found", "settings", "words"),
    [
        pytest.param(captured("POST", PATH, [], b""), {}, "a proxy dropped the header", id="no-header"),
        pytest.param(request(PUBLIC_URL + PATH), {"tokens": ()}, "put the account's Auth Token there", id="no-token"),
        pytest.param(request(PUBLIC_URL + PATH), {"tokens": (" ",)}, "auth_tokens is empty", id="blank-token"),
        pytest.param(
            request(PUBLIC_URL + PATH, "X-Twilio-Webhooks-Signature-Settings: algorithm=MD5"),
            {},
            "names an algorithm that is not known",
            id="unknown-algorithm",
        ),
        pytest.param(
            request(PUBLIC_URL + PATH, token="another"),
            {"account_sid": "AC9"},
            f"the request is of account {ACCOUNT}, twilio.account_sid is AC9",
            id="another-account",
        ),
        pytest.param(
            request(PUBLIC_URL + PATH, token="another"),
            {"account_sid": ACCOUNT},
            "twilio.auth_tokens: none of 2 matches any variant",
            id="another-token",
        ),
        pytest.param(
            captured("POST", PATH, [f"Content-Type: {FORM_TYPE}", f"X-Twilio-Signature: {'A' * 44}"], BODY),
            {},
            "is no HMAC_SHA1 signature, which has 28 characters: a proxy altered it, or dropped x-twilio-webhooks-",
            id="another-algorithm",
        ),
        pytest.param(
            captured(
                "POST", f"{PATH}?bodySHA256=00", ["X-Twilio-Signature: x", "Content-Type: application/json"], b"{}"
            ),
            {},
            "bodySHA256 does not match the body: the body was altered on the way",
            id="json-changed",
        ),
        pytest.param(
            captured("POST", PATH, ["X-Twilio-Signature: x", "Content-Type: application/json"], b"{}"),
            {},
            "the body is no form and bodySHA256 is missing",
            id="json-unsigned",
        ),
    ],
)
def test_what_needs_no_search_is_said_at_once(found: Captured, settings: Mapping[str, Any], words: str) -> None:
    diagnosis = verdict(found, **settings)
    assert not diagnosis.is_right
    assert words in diagnosis.verdict


def test_a_json_body_is_covered_by_its_hash() -> None:
    digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"  # of {}
    target = f"{PATH}?bodySHA256={digest}"
    lines = ["Content-Type: application/json"]
    signature = RequestValidator(TOKENS[0]).compute_signature(PUBLIC_URL + target, {})
    assert verdict(captured("POST", target, [*lines, f"X-Twilio-Signature: {signature}"], b"{}")).is_right
    assert (
        "none of 2 matches"
        in verdict(captured("POST", target, [*lines, f"X-Twilio-Signature: {FORGED}"], b"{}")).verdict
    )


@given(
    st.sampled_from(["GET", "POST", "PUT"]),
    st.text(max_size=20).map(lambda text: "/" + text),
    st.dictionaries(
        st.sampled_from(["host", "x-forwarded-host", "forwarded", "x-forwarded-port", "content-type", "upgrade"]),
        st.text(max_size=20),
    ),
    st.binary(max_size=30),
)
def test_any_request_gets_a_verdict(method: str, target: str, headers: dict[str, str], body: bytes) -> None:
    """Nothing that can be captured is beyond it."""
    found = verdict(Captured(method, target, {**headers, "x-twilio-signature": "abc"}, body))
    assert not found.is_right
    assert found.verdict
