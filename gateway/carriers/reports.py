"""Status callbacks, whose parameters TeXML took over from TwiML. Sans-I/O."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from gateway.calls import CallStatus, Carrier, StatusReport, StreamReport, StreamStatus
from gateway.carriers.forms import Form, call_id_of, quoted
from gateway.errors import WebhookError

MAX_ERROR_CHARACTERS = 200

_OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
_CODE = re.compile(r"(?<![0-9])[0-9]{5,6}(?![0-9])")
"""Twilio's error codes have five digits (31921), Telnyx' five or six (90018, 100005)."""
_EPOCH = datetime.fromtimestamp(0, UTC)
_FRACTION = re.compile(r":[0-9]{2}[.,][0-9]")
"""Of a second."""


def status_report(carrier: Carrier, form: Form) -> StatusReport:
    """Read a call status callback.

    Raises:
        WebhookError: it names no call or no status.
    """
    call_id = call_id_of(form)
    said = one_line(form.require("CallStatus"))
    status = CallStatus.OVER if is_over(form) else CallStatus.IN_PROGRESS
    return StatusReport(carrier, call_id, status, said, unix_ms_of(form.get("Timestamp")))


def is_over(form: Form) -> bool:
    """Whether a request, of whatever kind, is about a call that has ended."""
    return form.get("CallStatus").lower() in _OVER


def stream_report(carrier: Carrier, form: Form, events: Mapping[str, StreamStatus]) -> StreamReport:
    """Read a stream status callback; `events` are the carrier's values of `StreamEvent`.

    Raises:
        WebhookError: it names no call, or no event of those.
    """
    call_id = call_id_of(form)
    event = form.require("StreamEvent")
    status = events.get(event)
    if status is None:
        known = ", ".join(events)
        raise WebhookError(f"StreamEvent must be one of {known}, not {quoted(event)}", param="StreamEvent")
    error = code_first(form.get("StreamError"))
    return StreamReport(carrier, call_id, status, error, unix_ms_of(form.get("Timestamp")))


def unix_ms_of(text: str) -> int | None:
    """A callback's `Timestamp` in Unix milliseconds; None where it is no time.

    ISO 8601 or RFC 2822, with and without a zone: pages and captures differ. A time in whole seconds is taken for the
    end of its second, so that nothing is called late that may not be.
    """
    try:
        moment = _read_time(text)
    except (ValueError, OverflowError):  # OverflowError: a year of twenty digits
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    unix_ms = (aware - _EPOCH) // timedelta(milliseconds=1)
    return unix_ms if _FRACTION.search(text) else unix_ms + 999


def _read_time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return parsedate_to_datetime(text)


def code_first(text: str) -> str:
    """A carrier's error text, led by the error code where it holds one, cut to 200 characters."""
    text = one_line(text)
    code = _CODE.search(text)
    if code and code.start() > 0:
        text = f"{code[0]} {text}"
    return text[:MAX_ERROR_CHARACTERS]


def one_line(text: str) -> str:
    """Text from outside without what would break a line of a log."""
    return "".join(character for character in text if character.isprintable())[: 2 * MAX_ERROR_CHARACTERS]
