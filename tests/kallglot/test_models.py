"""Rules of reading REST answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import KallglotError
from gateway.kallglot.models import (
    UNEXPECTED_ANSWER,
    SessionStatus,
    StreamGrant,
    check_session_end,
    decode_error,
    decode_session,
)
from tests.kallglot.samples import sample

NOT_A_SESSION = [
    pytest.param(b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>", "502 Bad Gateway", id="html"),
    pytest.param(b"", "''", id="nothing"),
    pytest.param(b"[]", "[]", id="array"),
    pytest.param(b'{"object":"list","data":[]}', '"object":"list"', id="other object"),
    pytest.param(b'{"id":""}', '"id":""', id="empty id"),
    pytest.param(b'{"id":7}', '"id":7', id="id of another type"),
    pytest.param(b'{"id":"sess_1","stream":"wss://"}', "wss://", id="stream of another shape"),
    pytest.param(b'{"id":"\xff"}', "id", id="not utf-8"),
    pytest.param(b'{"id":"sess_1","x":' + b"[" * 100_000, "[[[", id="nested too deeply"),
]


def test_reads_the_created_session_of_the_reference() -> None:
    """The sample of the create reference."""
    session = decode_session(sample("rest/session_created.json"))
    assert session.id == "sess_01HXYZ123456789"
    assert session.status is SessionStatus.CREATED
    assert session.stream is not None
    assert session.stream.url == "wss://api.kallglot.com/v1/sessions/sess_01HXYZ123456789/connect"
    assert session.stream.token == "kst_live_xxxxxxxxxxxxxxxx"
    assert session.stream.expires_at_ms() == 1_774_526_400_000


@pytest.mark.parametrize(
    "name", ["session_created_quickstart.json", "session_retrieved.json", "session_overview.json", "session_end.json"]
)
def test_reads_a_session_with_other_fields(name: str) -> None:
    """The documents' samples disagree about a session's fields; all of them are sessions."""
    assert decode_session(sample(f"rest/{name}")).id.startswith("sess_01HXYZ")


@pytest.mark.parametrize(
    "field",
    [
        pytest.param(b'"provider":{"type":"twilio","phone_number":"+14155551234","status":"pending"}', id="provider"),
        pytest.param(b'"source_language":{"code":"de","detected":true}', id="language"),
        pytest.param(b'"created_at":1774522800', id="time"),
    ],
)
def test_a_field_that_nobody_reads_costs_no_call(field: bytes) -> None:
    """`provider` was an object in the documents' previous version; a session that is there must not be lost to it."""
    assert decode_session(b'{"id":"sess_1","status":"created",%b}' % field).status is SessionStatus.CREATED


@pytest.mark.parametrize("word", ["created", "connecting", "active", "ending", "ended"])
def test_knows_every_status_word(word: str) -> None:
    """The lifecycle has five words where the REST pages list three."""
    assert decode_session(b'{"id":"sess_1","status":"%b"}' % word.encode()).status == word


def test_takes_a_status_that_is_not_documented() -> None:
    """A word that Kallglot adds one day does not cost a call."""
    assert decode_session(b'{"id":"sess_1","status":"on_hold"}').status is SessionStatus.UNKNOWN


@pytest.mark.parametrize("duration", [b"312", b"245.3", b"null", b'"312 s"'])
def test_the_end_of_a_session_is_known_by_its_id(duration: bytes) -> None:
    """Of all else, such as how long it was, nothing is read: a session is not ended again and again because of it."""
    check_session_end(sample("rest/session_end.json").replace(b"312", duration))


@pytest.mark.parametrize(("body", "shown"), NOT_A_SESSION)
def test_says_what_it_saw_instead_of_a_session(body: bytes, shown: str) -> None:
    """An operator reads in the log what answered in Kallglot's place, and with which request id."""
    with pytest.raises(KallglotError) as caught:
        decode_session(body, status=200, request_id="req_1")
    assert caught.value.code == UNEXPECTED_ANSWER
    assert caught.value.status == 200
    assert caught.value.request_id == "req_1"
    assert shown in caught.value.message
    assert len(caught.value.message) < 500


@pytest.mark.parametrize(("body", "shown"), NOT_A_SESSION[:6])
def test_says_what_it_saw_instead_of_an_end(body: bytes, shown: str) -> None:
    """An end that cannot be read is not taken for one: the session may still be billed."""
    with pytest.raises(KallglotError, match=UNEXPECTED_ANSWER) as caught:
        check_session_end(body)
    assert shown in caught.value.message


def test_an_unexpected_answer_keeps_its_token_to_itself() -> None:
    """A session that cannot be read is quoted without its token."""
    body = sample("rest/session_created.json").replace(b'"url"', b'"uri"')
    with pytest.raises(KallglotError) as caught:
        decode_session(body)
    assert "kst_live" not in str(caught.value)


def test_a_grant_does_not_show_its_token() -> None:
    """Logging a session gives nobody its stream."""
    session = decode_session(sample("rest/session_created.json"))
    assert "kst_live" not in repr(session)
    assert "2026-03-26T12:00:00Z" in repr(session)


@pytest.mark.parametrize(
    ("expires_at", "expected"),
    [
        pytest.param("2026-03-26T12:00:00Z", 1_774_526_400_000, id="documented"),
        pytest.param("2026-03-26t12:00:00.250z", 1_774_526_400_250, id="fraction, lower case"),
        pytest.param("2026-03-26T12:00:00.123456789Z", 1_774_526_400_123, id="nanoseconds"),
        pytest.param("2026-03-26T13:00:00+01:00", 1_774_526_400_000, id="offset"),
        pytest.param(" 2026-03-26 12:00:00 ", 1_774_526_400_000, id="no zone is UTC"),
        pytest.param("20260326T120000Z", 1_774_526_400_000, id="basic"),
        pytest.param(None, None, id="absent"),
        pytest.param("", None, id="empty"),
        pytest.param("soon", None, id="no time"),
        pytest.param("2026-13-26T12:00:00Z", None, id="no month"),
    ],
)
def test_reads_when_a_grant_expires(expires_at: str | None, expected: int | None) -> None:
    """A legible time is understood in any of ISO 8601's clothes; an illegible one is no time."""
    assert StreamGrant(url="wss://h", token="t", expires_at=expires_at).expires_at_ms() == expected


@given(st.text() | st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()))
def test_no_expiry_is_an_error(expires_at: str) -> None:
    """Whatever the field says, asking for the time is safe."""
    assert isinstance(StreamGrant("wss://h", "t", expires_at).expires_at_ms(), int | None)


def test_reads_an_error() -> None:
    """Kallglot's own code and words come through."""
    detail = decode_error(sample("rest/error_invalid_request.json"))
    assert detail is not None
    assert detail.code == "invalid_request"
    assert detail.message == "The 'mode' field is required."


@given(st.binary())
def test_no_answer_breaks_the_reading(body: bytes) -> None:
    """Whatever answers in Kallglot's place, it gets one kind of error."""
    assert decode_error(body) is None
    with pytest.raises(KallglotError):
        decode_session(body)


@pytest.mark.parametrize("session_id", ["", "sess_é", "sess_\\n", "sess 1", "s" * 129, "sess_1\\u0000"])
def test_an_id_that_no_header_can_hold_is_none(session_id: str) -> None:
    """The session could be neither asked for nor ended by it."""
    with pytest.raises(KallglotError, match="not a session"):
        decode_session(f'{{"id":"{session_id}"}}'.encode())
