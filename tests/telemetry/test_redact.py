import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bridge import tickets
from gateway.calls import Carrier, CarrierCallId, call_id_for
from gateway.telemetry.redact import mask_number, redact_event, redact_text

_text = st.text(max_size=40)
_word = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", min_size=8, max_size=60)
_numbery = st.text("0123456789 +-().\t٣४x/,\u2010\u2011\u2013\u2212", max_size=80)
_calls = st.text(max_size=20).map(lambda sid: call_id_for(Carrier.TELNYX, CarrierCallId(sid)))
_tickets = st.builds(
    lambda call, secret: tickets.issue(call, secret, 0).ticket_id, _calls, st.binary(min_size=32, max_size=32)
)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+14155551234", "+1********34"),
        ("+49 (30) 1234-567", "+4* (**) ****-*67"),
        ("sip:+14155551234@acme.sip.twilio.com", "sip:***@acme.sip.twilio.com"),
        ("sips:alice@example.com", "sips:***@example.com"),
        ("sip:+14155551234", "sip:+1********34"),
        ("sip:example.com", "sip:example.com"),
        ("anonymous", "anonymous"),
        ("112", "112"),
        ("", ""),
    ],
)
def test_a_number_is_known_by_its_ends(number: str, shown: str) -> None:
    """Two callers can be told apart; neither can be called."""
    assert mask_number(number) == shown


@pytest.mark.parametrize(
    "said",
    ["port 8080", "HTTP 503 after 3 attempts", "127.0.0.1", "16:04:59", "20 ms, 160 bytes", "sess_01HXYZ123456"],
)
def test_what_is_no_number_stays_legible(said: str) -> None:
    assert redact_text(said) == said


@given(_numbery)
def test_no_seven_digits_in_a_row_survive(text: str) -> None:
    """Nor with what people write between them."""
    assert not re.search(r"\d(?:[ ().\u2010\u2011\u2013\u2212-]*\d){6}", redact_text(text))


@pytest.mark.parametrize("dash", ["\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212"])
def test_a_number_with_dashes_of_any_kind_is_masked(dash: str) -> None:
    """Translators like the one that breaks no line, and whoever reads the transcript sees no difference."""
    assert redact_text(f"415{dash}555{dash}0100") == f"4**{dash}***{dash}**00"


@given(_text, st.from_regex(r"\+?[1-9][0-9]{6,14}", fullmatch=True), _text)
def test_no_telephone_number_survives(before: str, number: str, after: str) -> None:
    """Wherever it stands."""
    assert number not in redact_text(before + number + after)


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("no route for sip:alice.smith@acme.sip.twilio.com", "no route for sip:***@acme.sip.twilio.com"),
        ('{"from_uri":"SIPS:bob@10.0.0.1;transport=tls"}', '{"from_uri":"SIPS:***@10.0.0.1;transport=tls"}'),
        ("<sip:+14155551234@pbx>", "<sip:***@pbx>"),
        ("sip:example.com and mail to ops@example.com", "sip:example.com and mail to ops@example.com"),
        ("{'from': 'sip:o'brien@pbx'}", "{'from': 'sip:***@pbx'}"),
        (f"sip:{'%D0%98' * 60}@pbx", "sip:***@pbx"),
        ("sip:sip:bob@pbx", "sip:sip:***@pbx"),
    ],
    ids=["a name", "in JSON", "a number", "no user", "an apostrophe", "sixty letters, escaped", "no user, and a name"],
)
def test_no_user_of_a_sip_address_survives(text: str, redacted: str) -> None:
    """Callers from a SIP domain have names for numbers; their hosts may be known."""
    assert redact_text(text) == redacted


@given(_text, st.sampled_from(["kst_live_", "kst_test_", "sk_live_", "sk_test_"]), _word, _text)
def test_no_key_and_no_token_survives(before: str, prefix: str, secret: str, after: str) -> None:
    """Kallglot's, also in the middle of a word."""
    redacted = redact_text(before + prefix + secret + after)
    assert prefix + secret not in redacted
    assert secret not in redacted or secret in before + after


@given(_text, _tickets, st.sampled_from(["", "/media/telnyx/", "wss://gw.test/media/twilio/", "%2Fmedia%2Ftelnyx%2F"]))
def test_no_ticket_survives(before: str, ticket: str, path: str) -> None:
    """In a path or on its own: whoever reads a log must not be able to take a call over."""
    secret = ticket.partition(".")[2]
    assert secret not in redact_text(f"{before}{path}{ticket} refused")


def test_the_call_of_a_ticket_may_be_known() -> None:
    """Outside a path, where the rest of it says which call it was."""
    call = call_id_for(Carrier.TWILIO, CarrierCallId("CA1"))
    assert redact_text(f"ticket {call}.AAAA") == f"ticket {call}.***"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("wss://api.kallglot.com/connect?token=abc%2F&x=1", "wss://api.kallglot.com/connect?token=***&x=1"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("GET /media/twilio/call_x.secret HTTP/1.1", "GET /media/twilio/*** HTTP/1.1"),
    ],
)
def test_what_carries_a_secret_stays_legible(text: str, redacted: str) -> None:
    assert redact_text(text) == redacted


@pytest.mark.parametrize(
    "key",
    [
        "api_key",
        "auth_token",
        "auth_tokens",
        "authorization",
        "payload",
        "password",
        "secret",
        "ticket",
        "token",
        "body",
    ],
)
@pytest.mark.parametrize("value", ["x", b"x", 1, ["x"], {"a": "x"}, None])
def test_fields_of_secrets_say_nothing(key: str, value: object) -> None:
    assert redact_event(None, "info", {key: value}) == {key: "***"}
    assert redact_event(None, "info", {"request": {key: value}}) == {"request": {key: "***"}}


@pytest.mark.parametrize(
    ("value", "redacted"),
    [
        ("+14155551234", "+1********34"),
        (b"audio", "<5 bytes>"),
        (bytearray(3), "<3 bytes>"),
        (memoryview(b"abc"), "<3 bytes>"),
        (1_700_000_000_000, 1_700_000_000_000),
        (0.1234567890, 0.1234567890),
        (True, True),
        (None, None),
        (["+14155551234", {"to": "+14155551234"}], ["+1********34", {"to": "+1********34"}]),
        (("sk_live_abc",), ["***"]),
        ({"+14155551234": 1}, {"+1********34": 1}),
        (ValueError("not +14155551234"), "not +1********34"),
    ],
    ids=[
        "number",
        "bytes",
        "bytearray",
        "memoryview",
        "int",
        "float",
        "bool",
        "none",
        "list",
        "tuple",
        "keys",
        "error",
    ],
)
def test_every_kind_of_value_is_looked_at(value: object, redacted: object) -> None:
    """Measures stay what they are; audio is never written down."""
    assert redact_event(None, "info", {"field": value}) == {"field": redacted}


def test_ids_are_left_alone() -> None:
    """They are digits too, and what one searches by."""
    line = {"carrier_call_id": "CA450188bc524230c5086da78b80861648", "timestamp": "2026-03-26T12:00:00.000000Z"}
    assert redact_event(None, "info", dict(line)) == line
