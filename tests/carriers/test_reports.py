"""Status callbacks, in the words that both carriers share."""

import pytest

from gateway.calls import CallStatus, Carrier, StreamStatus, call_id_for
from gateway.carriers.forms import Form
from gateway.carriers.reports import code_first, one_line, status_report, stream_report
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
