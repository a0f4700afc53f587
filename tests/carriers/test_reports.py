"""Status callbacks, in the words that both carriers share."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.calls import CallStatus, Carrier, StreamStatus, call_id_for
from gateway.carriers.forms import Form
from gateway.carriers.reports import code_first, one_line, status_report, stream_report, unix_ms_of
from gateway.errors import WebhookError

CALL = ("CallSid", "CA1")
EVENTS = {"stream-started": StreamStatus.STARTED, "stream-error": StreamStatus.FAILED}


@pytest.mark.parametrize("said", ["completed", "busy", "failed", "no-answer", "canceled", "Completed"])
def test_a_call_that_ended_is_over(said: str) -> None:
    """However it ended; the carrier's own word is kept."""
    report = status_report(Carrier.TWILIO, Form((CALL, ("CallStatus", said))))
    assert (report.status, report.said) == (CallStatus.OVER, said)
    assert report.call_id == call_id_for(Carrier.TWILIO, report.carrier_call_id)


@pytest.mark.parametrize("said", ["queued", "initiated", "ringing", "in-progress", "a-word-of-next-year"])
def test_any_other_call_goes_on(said: str) -> None:
    """A word we do not know must not end a call."""
    assert status_report(Carrier.TELNYX, Form((CALL, ("CallStatus", said)))).status is CallStatus.IN_PROGRESS


@pytest.mark.parametrize(
    ("pairs", "param"), [((CALL,), "CallStatus"), ((("CallStatus", "busy"),), "CallSid")], ids=["status", "call"]
)
def test_a_status_without_call_or_word_is_refused(pairs: tuple[tuple[str, str], ...], param: str) -> None:
    """The error names what is missing."""
    with pytest.raises(WebhookError) as caught:
        status_report(Carrier.TWILIO, Form(pairs))
    assert caught.value.param == param


def test_a_stream_report_has_status_and_error() -> None:
    """Nothing failed, nothing is said."""
    report = stream_report(Carrier.TWILIO, Form((CALL, ("StreamEvent", "stream-started"))), EVENTS)
    assert (report.carrier_call_id, report.status, report.error) == ("CA1", StreamStatus.STARTED, "")


def test_an_unknown_stream_event_is_refused() -> None:
    """The error quotes it beside those that are known."""
    with pytest.raises(WebhookError, match="stream-started, stream-error, not 'stream-failed'") as caught:
        stream_report(Carrier.TWILIO, Form((CALL, ("StreamEvent", "stream-failed"))), EVENTS)
    assert caught.value.param == "StreamEvent"


def test_a_report_says_when_it_happened() -> None:
    """As far as the carrier does."""
    pairs = (CALL, ("CallStatus", "completed"), ("StreamEvent", "stream-error"))
    when = ("Timestamp", "1970-01-01T00:00:01.500Z")
    assert status_report(Carrier.TWILIO, Form((*pairs, when))).sent_unix_ms == 1_500
    assert stream_report(Carrier.TELNYX, Form((*pairs, when)), EVENTS).sent_unix_ms == 1_500
    assert status_report(Carrier.TWILIO, Form(pairs)).sent_unix_ms is None


@pytest.mark.parametrize(
    ("text", "unix_ms"),
    [
        ("2024-11-29T00:09:39.602648368Z", 1_732_838_979_602),
        ("2021-04-28 21:51:18.731479Z", 1_619_646_678_731),
        ("2021-04-28 21:51:18.731479", 1_619_646_678_731),
        ("2024-01-15T10:30:00Z", 1_705_314_600_999),
        ("Wed, 08 Oct 2025 13:54:12 +0000", 1_759_931_652_999),
        ("Wed, 08 Oct 2025 15:54:12 +0200", 1_759_931_652_999),
        ("", None),
        ("yesterday", None),
        ("2024-13-15T10:30:00Z", None),
        ("Wed, 40 Oct 2025 13:54:12 +0000", None),
    ],
)
def test_a_callbacks_time_is_read_however_it_is_written(text: str, unix_ms: int | None) -> None:
    """As Twilio's and Telnyx' pages and captures have it; whole seconds are taken for their end."""
    assert unix_ms_of(text) == unix_ms


@example("Wed, 08 Oct 99999999999999999999 13:54:12 +0000")
@example("Wed, 08 Oct 2025 13:54:12 +99999999999999999999")
@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,3} [A-Z][a-z]{2} [0-9]{1,9} [0-9:]{1,12} [+-]?[0-9]{0,9}"))
def test_what_is_no_time_is_none(text: str) -> None:
    """And ends nothing: the rest of the callback counts all the same."""
    assert unix_ms_of(text) is None or isinstance(unix_ms_of(text), int)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("Connection timeout", "Connection timeout"),
        ("31903", "31903"),
        ("31921 Close Error", "31921 Close Error"),
        ("Broken Pipe (31903)", "31903 Broken Pipe (31903)"),
        ("error 100005: rate limit", "100005 error 100005: rate limit"),
        ("after 1234 ms and 1234567 bytes", "after 1234 ms and 1234567 bytes"),
    ],
)
def test_an_error_starts_with_its_code(text: str, expected: str) -> None:
    """A metric's label is cut from it."""
    assert code_first(text) == expected


def test_an_error_is_short_and_on_one_line() -> None:
    """It goes into logs and the ledger."""
    assert code_first("x" * 500 + " 31903") == "x" * 200
    assert code_first("x" * 150 + " 31903" + "y" * 300).startswith("31903 x")
    assert len(code_first("x" * 150 + " 31903" + "y" * 300)) == 200
    assert one_line("a\r\nb\x00c") == "abc"
