"""Rules of Kallglot's webhooks."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import SignatureError, SignatureFault, WebhookError
from gateway.kallglot.webhooks import KallglotEvent, parse, verify
from tests.kallglot.samples import sample

SECRET = "whsec_test"
NOW_S = 1_774_523_060
BODY = sample("events/session_ended.json")


def sign(body: bytes, at: int | str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


GOOD = sign(BODY, NOW_S)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(f"t={NOW_S},v1={GOOD}", id="documented"),
        pytest.param(f"v1={GOOD}, t={NOW_S}", id="other order"),
        pytest.param(f"t={NOW_S},v1={GOOD.upper()}", id="upper case"),
        pytest.param(f"t={NOW_S},v1={'0' * 64},v1={GOOD}", id="one of two secrets"),
        pytest.param(f"t={NOW_S},v0=x,v1={GOOD},flag", id="schemes to come"),
        pytest.param(f"t={NOW_S - 300},v1={sign(BODY, NOW_S - 300)}", id="five minutes old"),
        pytest.param(f"t={NOW_S + 300},v1={sign(BODY, NOW_S + 300)}", id="five minutes early"),
        pytest.param(f"t=0{NOW_S},v1={sign(BODY, f'0{NOW_S}')}", id="signed as it is written"),
    ],
)
def test_accepts_what_kallglot_signed(header: str) -> None:
    """A genuine event is believed."""
    verify((SECRET,), header, BODY, NOW_S)


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        pytest.param(None, SignatureFault.MISSING, id="no header"),
        pytest.param("", SignatureFault.MISSING, id="empty header"),
        pytest.param("nonsense", SignatureFault.MALFORMED, id="nonsense"),
        pytest.param(f"v1={GOOD}", SignatureFault.MALFORMED, id="no time"),
        pytest.param(f"t={NOW_S}", SignatureFault.MALFORMED, id="no signature"),
        pytest.param(f"t=now,v1={GOOD}", SignatureFault.MALFORMED, id="time is no number"),
        pytest.param(f"t=-5,v1={GOOD}", SignatureFault.MALFORMED, id="negative time"),
        pytest.param(f"t=١٢٣,v1={GOOD}", SignatureFault.MALFORMED, id="other digits"),
        pytest.param(f"t={'9' * 5000},v1={GOOD}", SignatureFault.MALFORMED, id="endless time"),
        pytest.param(f"t={NOW_S},t={NOW_S},v1={GOOD}", SignatureFault.MALFORMED, id="two times"),
        pytest.param(f"t={NOW_S},v1={GOOD[:-1]}", SignatureFault.MISMATCH, id="truncated"),
        pytest.param(f"t={NOW_S},v1=\N{SNOWMAN}\ud800", SignatureFault.MISMATCH, id="not hexadecimal"),
        pytest.param(f"t={NOW_S},v1={sign(BODY, NOW_S, 'other')}", SignatureFault.MISMATCH, id="other secret"),
        pytest.param(f"t={NOW_S + 1},v1={GOOD}", SignatureFault.MISMATCH, id="time moved"),
        pytest.param(f"t={NOW_S - 301},v1={sign(BODY, NOW_S - 301)}", SignatureFault.STALE, id="replayed"),
        pytest.param(f"t={NOW_S + 301},v1={sign(BODY, NOW_S + 301)}", SignatureFault.STALE, id="from the future"),
    ],
)
def test_refuses_what_kallglot_cannot_have_signed(header: str | None, fault: SignatureFault) -> None:
    """A forged, changed or replayed event is refused, and counted by what is wrong with it."""
    with pytest.raises(SignatureError) as caught:
        verify((SECRET,), header, BODY, NOW_S)
    assert caught.value.fault is fault


def test_refuses_a_changed_body() -> None:
    """One space more, and it is not what was signed."""
    with pytest.raises(SignatureError) as caught:
        verify((SECRET,), f"t={NOW_S},v1={GOOD}", BODY + b" ", NOW_S)
    assert caught.value.fault is SignatureFault.MISMATCH


@pytest.mark.parametrize("secrets", [(SECRET,), (SECRET, "new"), ("new", SECRET)], ids=["old", "both", "new first"])
def test_any_of_the_secrets_may_have_signed(secrets: tuple[str, ...]) -> None:
    """While one takes the other's place, whichever of them Kallglot uses by now."""
    verify(secrets, f"t={NOW_S},v1={GOOD}", BODY, NOW_S)


def test_a_secret_that_was_taken_away_is_not_believed() -> None:
    """A rotation ends with it."""
    with pytest.raises(SignatureError) as caught:
        verify(("new", "newer"), f"t={NOW_S},v1={GOOD}", BODY, NOW_S)
    assert caught.value.fault is SignatureFault.MISMATCH


@pytest.mark.parametrize("secrets", [(), ("",), ("", ""), (" ",)], ids=["none", "empty", "several", "blank"])
def test_without_a_secret_nothing_is_believed(secrets: tuple[str, ...]) -> None:
    """A gateway that was not told the secret accepts no event, not even one signed with an empty or blank secret."""
    with pytest.raises(SignatureError) as caught:
        verify(secrets, f"t={NOW_S},v1={sign(BODY, NOW_S, ''.join(secrets))}", BODY, NOW_S)
    assert caught.value.fault is SignatureFault.UNCONFIGURED


@given(st.text(), st.binary())
def test_no_header_breaks_the_check(header: str, body: bytes) -> None:
    """Whatever the header holds, the answer is a refusal."""
    with pytest.raises(SignatureError):
        verify((SECRET,), header, body, NOW_S)


def test_reads_the_documented_event() -> None:
    """The envelope names the event and its session."""
    assert parse(BODY) == KallglotEvent(
        id="evt_01HXYZ123456789",
        type="session.ended",
        session_id=parse(BODY).session_id,
        created_at="2026-03-26T11:04:20Z",
    )
    assert parse(BODY).session_id == "sess_01HXYZ123456789"


@pytest.mark.parametrize(
    ("data", "session_id"),
    [
        pytest.param(b'{"id":"sess_1"}', "sess_1", id="the session itself"),
        pytest.param(b'{"id":"trn_1","session_id":"sess_1"}', "sess_1", id="something of a session"),
        pytest.param(b'{"id":"agt_1"}', None, id="something else"),
        pytest.param(b"{}", None, id="nothing"),
        pytest.param(b"null", None, id="no data"),
        pytest.param(b'{"id":7,"session_id":"sess_1"}', "sess_1", id="something with a number"),
        pytest.param(b'{"id":"sess_1","session_id":""}', "sess_1", id="a blank beside it"),
        pytest.param(b'{"id":["sess_1"],"session_id":7}', None, id="other types"),
        pytest.param(b"[]", None, id="another shape"),
        pytest.param(b'{"id":"\xff"}', None, id="not utf-8"),
    ],
)
def test_finds_the_session_an_event_is_about(data: bytes, session_id: str | None) -> None:
    """Events about transcripts and recordings name their session beside their own id.

    Most of `data` is undocumented, and none of it makes an event one that is refused, and told again for two days.
    """
    assert parse(b'{"id":"evt_1","type":"x","data":%b}' % data).session_id == session_id


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>", id="html"),
        pytest.param(b"[]", id="array"),
        pytest.param(b'{"type":"session.ended"}', id="no id"),
        pytest.param(b'{"id":"evt_1"}', id="no type"),
        pytest.param(b'{"id":"","type":"x"}', id="empty id"),
        pytest.param(b'{"id":"evt_1","type":7}', id="type of another type"),
        pytest.param(b'{"id":"evt_1","type":"x","data":{"id"}}', id="data that is no JSON"),
        pytest.param(b'{"id":"\xff","type":"x"}', id="not utf-8"),
        pytest.param(b'{"id":"evt_1","type":"x","data":' + b"[" * 100_000, id="nested too deeply"),
    ],
)
def test_refuses_what_is_no_event(body: bytes) -> None:
    """A signed body that is no event is answered 400, not 500."""
    with pytest.raises(WebhookError, match="not a Kallglot event"):
        parse(body)
