import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.calls import Carrier
from gateway.carriers.captured import Captured, captured, parse_capture
from gateway.carriers.forms import FORM_TYPE
from gateway.errors import ConfigError

WHOLE = (
    b"POST /webhooks/twilio/voice?a=1 HTTP/1.1\r\n"
    b"Host: voice.example.com\r\n"
    b"X-Twilio-Signature: abc=\r\n"
    b"Forwarded: for=1\r\n"
    b"Forwarded: for=2\r\n"
    b"\r\n"
    b"From=%2B1&ToCity="
)


def test_a_request_is_read_as_it_is_on_the_wire() -> None:
    """Of a header that comes twice both values are kept, as HTTP joins them."""
    assert parse_capture(WHOLE) == Captured(
        "POST",
        "/webhooks/twilio/voice?a=1",
        {"host": "voice.example.com", "x-twilio-signature": "abc=", "forwarded": "for=1, for=2"},
        b"From=%2B1&ToCity=",
    )


def test_an_editors_line_ends_do_no_harm() -> None:
    """LF for CR LF in the head; the body is what it is, byte by byte."""
    assert parse_capture(WHOLE.replace(b"\r\n", b"\n")) == parse_capture(WHOLE)
    assert parse_capture(b"\n" + WHOLE) == parse_capture(WHOLE)
    assert parse_capture(b"POST / HTTP/1.1\nhost: a\n\n\r\n\r\nx").body == b"\r\n\r\nx"


def test_a_line_in_the_head_ends_where_http_ends_it() -> None:
    """Not at every character that Unicode takes for a line's end."""
    assert parse_capture(b"GET / HTTP/1.1\r\nx-name: a\x85b\r\n\r\n").headers == {"x-name": "a\x85b"}


def test_a_request_is_read_from_json() -> None:
    """As request inspectors export it: a header with several values is a list."""
    exported = {
        "method": "post",
        "url": "https://voice.example.com/webhooks/twilio/voice?a=1",
        "headers": {"X-Twilio-Signature": "abc=", "Forwarded": ["for=1", "for=2"]},
        "body": "From=%2B1&ToCity=",
        "receivedAt": "today",
    }
    assert parse_capture(json.dumps(exported).encode()) == Captured(
        "POST",
        "https://voice.example.com/webhooks/twilio/voice?a=1",
        {"x-twilio-signature": "abc=", "forwarded": "for=1, for=2"},
        b"From=%2B1&ToCity=",
    )


@pytest.mark.parametrize(("body", "method"), [("null", "GET"), ('""', "POST")])
def test_json_without_a_method_is_a_get_unless_it_has_a_body(body: str, method: str) -> None:
    assert parse_capture(b'{"url": "/", "body": %b}' % body.encode()) == Captured(method, "/", {})


@pytest.mark.parametrize("data", [b"{", b"{}", b'{"url": 1}', b'{"url": "/", "headers": {"a": 1}}', b'{"url": "\xff"}'])
def test_json_that_is_no_request_is_refused(data: bytes) -> None:
    with pytest.raises(ConfigError, match="must hold method, url, headers and body"):
        parse_capture(data)


def test_an_editors_line_end_is_no_part_of_a_form() -> None:
    """Where nothing says how long the body is: a form would write its own as %0D%0A."""
    head = b"POST / HTTP/1.1\ncontent-type: %b\n\n"
    assert parse_capture(head % FORM_TYPE.encode() + b"a=1\r\n").body == b"a=1"
    assert parse_capture(head % b"application/json" + b"{}\n").body == b"{}\n"


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        pytest.param(b"a=1", b"a=1", id="as long as it says"),
        pytest.param(b"a=1\n", b"a=1", id="an editor's line end"),
        pytest.param(b"a=1&b=2", b"a=1&b=2", id="longer than it says"),
        pytest.param(b"a", b"a", id="shorter than it says"),
    ],
)
def test_a_line_end_behind_the_body_is_nobodys(body: bytes, kept: bytes) -> None:
    """`Content-Length` tells where the body ends; anything but a line end there is for the verdict."""
    assert parse_capture(b"POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\n" + body).body == kept


@pytest.mark.parametrize("data", [b"", b"hello", b"HTTP/1.1 200 OK\r\n\r\n", b"post / HTTP/1.1\r\n\r\n", b"\xff\x00"])
def test_what_is_no_request_is_shown(data: bytes) -> None:
    with pytest.raises(ConfigError, match="begin with a line like"):
        parse_capture(data)


@pytest.mark.parametrize("line", ["hello", "a b: c", ": x", ""])
def test_what_is_no_header_is_shown(line: str) -> None:
    with pytest.raises(ConfigError, match="must be written Name: value"):
        captured("GET", "/", [line], b"")


def test_what_is_no_url_is_said() -> None:
    with pytest.raises(ConfigError, match="the captured URL cannot be one"):
        captured("GET", "https://[1", [], b"")


@pytest.mark.parametrize(
    ("target", "path", "host"),
    [
        ("/a?b=1", "/a?b=1", ""),
        ("https://voice.example.com:8443/a?b=1", "/a?b=1", "voice.example.com:8443"),
        ("https://user:secret@voice.example.com", "/", "voice.example.com"),
    ],
)
def test_a_url_is_as_good_as_a_path(target: str, path: str, host: str) -> None:
    """Tunnels show the one, the wire the other."""
    request = captured("GET", target, [], b"")
    assert (request.path, request.host) == (path, host)
    assert request.as_request("https://gateway.test").url == f"https://gateway.test{path}"


@pytest.mark.parametrize(
    ("target", "header", "carrier"),
    [
        ("/webhooks/twilio/voice", "", Carrier.TWILIO),
        ("/prefix/webhooks/telnyx/status", "", Carrier.TELNYX),
        ("/media/telnyx/call_1.x", "", Carrier.TELNYX),
        ("/webhooks/vonage/voice", "", None),
        ("/voice", "X-Twilio-Signature: x", Carrier.TWILIO),
        ("/voice", "Telnyx-Timestamp: 1", Carrier.TELNYX),
        ("/voice", "", None),
    ],
)
def test_the_carrier_is_known_by_path_or_headers(target: str, header: str, carrier: Carrier | None) -> None:
    assert captured("POST", target, [header] if header else [], b"").carrier is carrier


def test_a_handshake_is_known_as_such() -> None:
    assert captured("GET", "/media/twilio/call_1.x", [], b"").is_socket
    assert captured("GET", "/other", ["Upgrade: WebSocket"], b"").is_socket
    assert not captured("GET", "/webhooks/twilio/voice", [], b"").is_socket


@given(
    st.binary(max_size=200)
    | st.binary(max_size=60).map(b"{".__add__)
    | st.binary(max_size=100).map(lambda tail: WHOLE[:80] + tail)
)
def test_anything_else_is_refused_in_words(data: bytes) -> None:
    """Whatever somebody takes for a request."""
    try:
        request = parse_capture(data)
    except ConfigError:
        return
    assert request.path is not None
    assert request.carrier in (None, *Carrier)
