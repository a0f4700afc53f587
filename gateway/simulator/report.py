"""What became of a call: kept while it is on, told when it is over. Sans-I/O."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.calls import Carrier
from gateway.simulator.dialect import Complaint

_DETAIL_CHARACTERS = 60
"""Of a verb, on its line of the report: what it says can be a paragraph."""


class EndedBy(StrEnum):
    """What ended a call."""

    CALLER = "caller"
    """The caller hung up."""
    HANGUP = "hangup"
    """A `<Hangup>`."""
    REJECT = "reject"
    """A `<Reject>`."""
    DOCUMENT_END = "document_end"
    """The document had no further verb."""
    WEBHOOK_FAILED = "webhook_failed"
    """No document was to be had."""
    DOCUMENT_INVALID = "document_invalid"
    """What was answered is none."""
    TOO_MANY_REDIRECTS = "too_many_redirects"


class EventKind(StrEnum):
    """What a live display is told."""

    DOCUMENT = "document"
    VERB = "verb"
    MEDIA_CONNECTED = "media_connected"
    MEDIA_REFUSED = "media_refused"
    MEDIA_CLOSED = "media_closed"
    FIRST_AUDIO = "first_audio"
    PROGRESS = "progress"
    KEY = "key"
    MARK = "mark"
    CLEAR = "clear"
    COMPLAINT = "complaint"
    CALLBACK = "callback"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class CallEvent:
    """Something that has just happened in a call."""

    kind: EventKind
    detail: str
    at_ms: int
    """Since the call started."""
    sent_ms: int
    """Audio sent to the gateway so far."""
    heard_ms: int
    """Audio played to the caller so far."""
    sound_ms: int = 0
    """How much of it could be heard."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A media socket that the gateway did not open."""

    status: int
    """The HTTP status it answered with, 0 where there was no answer."""
    reason: str
    """The error code of Twilio's debugger, or Telnyx' `connection_failed`."""


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback that expects no document, and its answer."""

    event: str
    """The call's status (`completed`, …), or a stream's `started`, `stopped`, `failed`."""
    status: int
    """HTTP status, 0 where there was no answer."""


@dataclass(slots=True)
class StreamTimes:
    """One media socket that was opened, in milliseconds since the call started."""

    asked_ms: int
    """When the document was asked for that said to open it."""
    opened_ms: int
    first_audio_ms: int | None = None
    """When the first audio came over it."""
    closed_ms: int | None = None
    discarded: int = 0
    """Media messages that were not sent because the gateway did not read."""


@dataclass(slots=True)
class CallReport:
    """One call as its carrier and its caller saw it. Times are milliseconds since the call started."""

    carrier: Carrier
    call_id: str
    codec: str
    ended_by: EndedBy = EndedBy.DOCUMENT_END
    duration_ms: int = 0
    verbs: list[tuple[str, str]] = field(default_factory=list)
    """Followed, in order: the element's name and what matters of it."""
    said: list[str] = field(default_factory=list)
    """What `<Say>` told the caller."""
    webhook_ms: int | None = None
    """How long the first document took."""
    webhook_statuses: list[int] = field(default_factory=list)
    """Of every request for a document; 0 where there was no answer."""
    attempts: int = 0
    """Further attempts at a webhook, after the first."""
    asked_ms: list[int] = field(default_factory=list)
    """When each of them was sent."""
    document_ms: int | None = None
    media_connected_ms: int | None = None
    start_sent_ms: int | None = None
    first_audio_ms: int | None = None
    """When the first audio was played; like the two above, of the first stream that got so far."""
    frames_sent: int = 0
    """Media messages, duplicates too."""
    bytes_sent: int = 0
    """Bytes of audio in them."""
    sent_audio: bytes = b""
    """Every payload that was sent, once, in the order in which it was spoken."""
    sent_ns: list[tuple[int, int]] = field(default_factory=list)
    """(bytes so far, `time.perf_counter_ns`) of each of them; the first time for one that was sent twice."""
    messages_received: int = 0
    frames_received: int = 0
    received_audio: bytes = b""
    """Every payload of the gateway's media messages as it came."""
    received_ns: list[tuple[int, int]] = field(default_factory=list)
    """(bytes so far, `time.perf_counter_ns`) after each of them."""
    played_ms: int = 0
    """Audio played to the caller, silent or not."""
    sound_ms: int = 0
    """How much of it could be heard."""
    heard: bytes = b""
    """The caller's ear over the whole call: 16-bit samples in this machine's order, 8 kHz."""
    underruns: int = 0
    marks: list[str] = field(default_factory=list)
    """Echoed because everything before them was played."""
    cleared_marks: list[str] = field(default_factory=list)
    """Echoed because of a `clear`."""
    clears: int = 0
    complaints: list[Complaint] = field(default_factory=list)
    close_codes: list[int] = field(default_factory=list)
    """One for each media socket that was opened, 1006 where it was lost."""
    streams: list[StreamTimes] = field(default_factory=list)
    """The same sockets."""
    refused_media: list[Refusal] = field(default_factory=list)
    broken_media: list[str] = field(default_factory=list)
    """The error code of each media socket that broke after it had been opened."""
    callbacks: list[Callback] = field(default_factory=list)


class Logbook:
    """Writes down what happens in one call and tells a live display."""

    def __init__(self, report: CallReport, on_event: Callable[[CallEvent], None] | None, *, now_ms: int) -> None:
        self.report = report
        self.sent: dict[int, bytes] = {}
        """Payloads sent, by the number of the caller's frame."""
        self.sent_ns: dict[int, int] = {}
        """When, on `time.perf_counter_ns`: a gateway's delay is less than the clock's milliseconds can tell."""
        self.sent_ms = 0
        """Milliseconds of audio in them."""
        self.received = bytearray()
        self._on_event = on_event
        self._start_ms = now_ms

    def since_start(self, now_ms: int) -> int:
        """Milliseconds since the call started."""
        return now_ms - self._start_ms

    def happened(self, kind: EventKind, detail: str, now_ms: int) -> None:
        """Tell the display."""
        if self._on_event is not None:
            report = self.report
            at_ms = self.since_start(now_ms)
            self._on_event(CallEvent(kind, detail, at_ms, self.sent_ms, report.played_ms, report.sound_ms))

    def complain(self, complaint: Complaint, now_ms: int) -> None:
        """Hold something against the gateway."""
        self.report.complaints.append(complaint)
        self.happened(EventKind.COMPLAINT, f"{complaint.code}: {complaint.detail}", now_ms)


def describe(report: CallReport) -> list[str]:
    """The report as plain lines."""
    lines = [
        f"{report.carrier} call {report.call_id} ({report.codec}), ended by {report.ended_by} "
        f"after {report.duration_ms / 1000:.1f} s",
        "verbs: " + (", ".join(f"{name} {_short(detail)}".strip() for name, detail in report.verbs) or "none"),
        f"webhook answered: {_ms(report.webhook_ms)}, media connected: {_ms(report.media_connected_ms)}, "
        f"first audio: {_ms(report.first_audio_ms)}",
        f"sent {report.frames_sent} frames, {report.bytes_sent} bytes; "
        f"received {report.frames_received} frames, {len(report.received_audio)} bytes",
        f"heard {report.played_ms / 1000:.1f} s, {report.sound_ms / 1000:.1f} s of it sound; "
        f"{report.underruns} underruns, {len(report.marks)} marks played, "
        f"{len(report.cleared_marks)} cleared, {report.clears} clears",
    ]
    lines += [f"said: {text}" for text in report.said]
    lines += [f"webhook refused: HTTP {status}" for status in report.webhook_statuses if status != 200]
    lines += [f"media refused: {refusal.reason} (HTTP {refusal.status})" for refusal in report.refused_media]
    lines += [f"media closed with {code}" for code in report.close_codes]
    lines += [f"media broke: {code}" for code in report.broken_media]
    lines += [f"callback {callback.event}: HTTP {callback.status}" for callback in report.callbacks]
    lines += [f"complaint {complaint.code}: {complaint.detail}" for complaint in report.complaints]
    return lines


def _ms(value: int | None) -> str:
    return "never" if value is None else f"{value} ms"


def _short(detail: str) -> str:
    return detail if len(detail) <= _DETAIL_CHARACTERS else f"{detail[: _DETAIL_CHARACTERS - 1]}…"
