from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.carriers.captured import Captured, captured
from gateway.carriers.diagnosis import Diagnosis
from gateway.carriers.forms import FORM_TYPE
from gateway.carriers.telnyx.doctor import diagnose
from tests.carriers.telnyx.keys import NOW_S, OTHER_PUBLIC_KEY, PUBLIC_KEY, signature_headers
from tests.carriers.wire import read

BODY = read("telnyx/voice.form")
PATH = "/webhooks/telnyx/voice"
JSON = b'{"data": {"id": 1, "text": "\xc3\xbc"}}'


def request(
    signed: bytes, body: bytes | None = None, *, content_type: str = FORM_TYPE, method: str = "POST", target: str = PATH
) -> Captured:
    """A request whose body Telnyx signed as `signed`, and which arrived with `body`."""
    lines = [f"{name}: {value}" for name, value in signature_headers(signed).items()]
    return captured(method, target, [f"content-type: {content_type}", *lines], signed if body is None else body)


def verdict(found: Captured, now_s: int = NOW_S + 10, **settings: Any) -> Diagnosis:
    return diagnose(found, **{"public_keys": (PUBLIC_KEY,), "now_s": now_s, **settings})


def test_a_right_signature_is_right() -> None:
    found = verdict(request(BODY))
    assert (found.is_right, found.verdict) == (True, "the signature is right")
    assert found.keys == ("A6…g=",)


def test_of_two_keys_the_one_that_signed_is_named() -> None:
    """Whether the carrier has changed over yet is what one wants to know in the middle of a rotation."""
    found = verdict(request(BODY), public_keys=(OTHER_PUBLIC_KEY, PUBLIC_KEY))
    assert (found.is_right, found.verdict) == (True, "the signature is right: key 2 of 2 in telnyx.public_key made it")
    assert found.keys == ("eb…Q=", "A6…g=")


def test_an_old_capture_is_named_as_one() -> None:
    """The gateway would not take it now; that key and body fit is said all the same."""
    found = verdict(request(BODY), NOW_S + 3600)
    assert not found.is_right
    assert "header telnyx-timestamp is outside the tolerance of 300 s, 3600 s old by now" in found.verdict
    assert found.verdict.endswith("(the signature is right)")


@pytest.mark.parametrize(
    ("now_s", "received_s", "words"),
    [
        pytest.param(NOW_S + 9999, NOW_S + 301, "301 s old when it was received: a replay", id="late"),
        pytest.param(NOW_S - 301, None, "301 s in the future: the clock here is slow", id="early"),
    ],
)
def test_a_time_that_cannot_be_is_named(now_s: int, received_s: int | None, words: str) -> None:
    found = verdict(request(BODY), now_s, received_s=received_s)
    assert not found.is_right
    assert words in found.verdict


def test_a_capture_with_its_time_is_judged_by_it() -> None:
    assert verdict(request(BODY), NOW_S + 9999, received_s=NOW_S + 300).verdict == "the signature is right"


@pytest.mark.parametrize(
    ("signed", "arrived", "content_type", "words"),
    [
        pytest.param(b"{}", b"{}\n", "application/json", "without the line end", id="line-end-added"),
        pytest.param(b"{}\n", b"{}", "application/json", "with a line end behind", id="line-end-lost"),
        pytest.param(b"{}\r\n", b"{}", "application/json", "(CR LF) behind", id="crlf-lost"),
        pytest.param(b"a=1\nb", b"a=1\r\nb", FORM_TYPE, "with LF for CR LF", id="crlf-made"),
        pytest.param(b"a=1\r\nb", b"a=1\nb", FORM_TYPE, "with CR LF for LF", id="lf-made"),
        pytest.param(BODY, BODY.replace(b"%3A", b":"), FORM_TYPE, "in the usual way", id="unquoted"),
        pytest.param(b"a=x%20y", b"a=x+y", FORM_TYPE, "%20 for a space", id="plus-made"),
        pytest.param(b"a=x:y", b"a=x%3Ay", FORM_TYPE, "with : @ / as they are", id="quoted"),
        pytest.param(b"a=1", b"a=1&b=", FORM_TYPE, "without its blank parameters", id="blank-added"),
        pytest.param(b"a=1&b=2", b"b=2&a=1", FORM_TYPE, "with its parameters sorted", id="disordered"),
        pytest.param(b"", BODY, FORM_TYPE, "empty", id="body-added"),
        pytest.param(b'{"a":1}', b'{\n  "a": 1\n}', "application/json", "as compact JSON", id="pretty-printed"),
        pytest.param(b'{"a": 1}', b'{"a":1}', "application/json", "with a space after", id="minified"),
        pytest.param(JSON, b'{"data":{"id":1,"text":"\\u00fc"}}', "application/json", "UTF-8 JSON with", id="escaped"),
    ],
)
def test_what_was_done_to_the_body_is_named(signed: bytes, arrived: bytes, content_type: str, words: str) -> None:
    found = verdict(request(signed, arrived, content_type=content_type))
    assert not found.is_right
    assert found.verdict.startswith("the body was altered by a proxy, or by whoever wrote it down")
    assert words in found.verdict


def test_a_post_that_became_a_get_is_named() -> None:
    query = urlencode([("CallSid", "v3:1"), ("To", "+1")])
    found = verdict(request(query.encode(), b"", method="GET", target=f"{PATH}?{query}"))
    assert "as the body of a POST, which arrived as a GET" in found.verdict


@pytest.mark.parametrize(
    ("found", "settings", "words"),
    [
        pytest.param(request(BODY), {"public_keys": (" ",)}, "telnyx.public_key is empty", id="no-key"),
        pytest.param(
            request(BODY), {"public_keys": (PUBLIC_KEY, "abc")}, "not base64 of the 32 bytes", id="no-such-key"
        ),
        pytest.param(captured("POST", PATH, [], BODY), {}, "is missing: Telnyx did not send it", id="no-header"),
        pytest.param(
            captured("POST", PATH, ["telnyx-signature-ed25519: x", "telnyx-timestamp: soon"], BODY),
            {},
            "must be Unix seconds",
            id="no-time",
        ),
        pytest.param(
            captured("POST", PATH, ["telnyx-signature-ed25519: x", "telnyx-timestamp: 1"], BODY),
            {},
            "must be base64 of 64 bytes",
            id="no-signature",
        ),
        pytest.param(request(BODY, b"other"), {}, "it is another account's key, or the body was altered", id="no-clue"),
        pytest.param(request(b"{", b"{{", content_type="application/json"), {}, "matches neither", id="broken-json"),
    ],
)
def test_everything_else_is_said(found: Captured, settings: dict[str, Any], words: str) -> None:
    diagnosis = verdict(found, **settings)
    assert not diagnosis.is_right
    assert words in diagnosis.verdict


def test_a_handshake_has_no_signature_to_be_wrong() -> None:
    found = verdict(captured("GET", "/media/telnyx/call_1.x", [], b""))
    assert found.is_right
    assert "Telnyx signs no media sockets" in found.verdict


@pytest.mark.parametrize("settings", [{}, {"public_keys": ()}])
def test_an_unsigned_request_is_taken_where_none_need_be_signed(settings: dict[str, Any]) -> None:
    """As the gateway does; with a key, one that is signed is checked all the same."""
    found = verdict(captured("POST", PATH, [], BODY), require_signature=False, **settings)
    assert found.is_right
    assert "telnyx.require_signature is false" in found.verdict
    assert not verdict(request(BODY, b"other"), require_signature=False).is_right


@given(
    st.sampled_from(["GET", "POST"]),
    st.dictionaries(
        st.sampled_from(["content-type", "telnyx-timestamp", "telnyx-signature-ed25519"]), st.text(max_size=20)
    ),
    st.binary(max_size=40),
)
def test_any_request_gets_a_verdict(method: str, headers: dict[str, str], body: bytes) -> None:
    signed = signature_headers(b"something else")
    for found in (headers, {**signed, "content-type": headers.get("content-type", "")}):
        diagnosis = verdict(Captured(method, PATH, found, body))
        assert not diagnosis.is_right
        assert diagnosis.verdict
