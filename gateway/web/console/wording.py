"""What the console calls things: words for whoever is paged, beside the names that logs and metrics use. Sans-I/O."""

from collections.abc import Mapping

from gateway.bridge.states import State
from gateway.calls import Direction, EndReason
from gateway.telemetry.blackbox import BoxEvent, EventKind
from gateway.telemetry.carrier_codes import CARRIER_CODES, code_of
from gateway.telemetry.detectors import Flag, Occurrence

STATES: Mapping[State, str] = {
    State.OPENING: "Opening",
    State.WAITING_FOR_MEDIA: "Waiting for the carrier",
    State.WAITING_FOR_SESSION: "Waiting for Kallglot",
    State.STREAMING: "Streaming",
    State.RECONNECTING: "Reconnecting to Kallglot",
    State.PLAYING_OUT: "Playing the rest",
    State.CLOSED: "Closing",
}

FLAGS: Mapping[str, str] = {
    f"{Flag.ONE_WAY} {Direction.IN}": "One-way audio: nothing is heard of the caller",
    f"{Flag.ONE_WAY} {Direction.OUT}": "One-way audio: the caller hears nothing",
    Flag.DEAD_AIR: "Dead air: neither side speaks",
    f"{Flag.WRONG_COMPANDING} {Direction.IN}": "Wrong companding: A-law is read as μ-law",
    f"{Flag.CLIPPING} {Direction.IN}": "Clipping: the caller is too loud",
    f"{Flag.CLIPPING} {Direction.OUT}": "Clipping: Kallglot is too loud",
    f"{Flag.CALLER_SILENT} {Direction.IN}": "The caller has not said a word",
}
"""By a flag event's detail."""

EVENTS: Mapping[EventKind, str] = {
    EventKind.WEBHOOK: "The carrier asked what to do",
    EventKind.SESSION_CREATED: "Session created",
    EventKind.SESSION_REFUSED: "Kallglot refused the session",
    EventKind.MEDIA_OPEN: "Media socket open",
    EventKind.MEDIA_STARTED: "Media started",
    EventKind.STREAM_OPEN: "Stream to Kallglot open",
    EventKind.READY: "Kallglot ready",
    EventKind.FIRST_AUDIO_IN: "First audio from the caller",
    EventKind.FIRST_AUDIO_OUT: "First audio to the caller",
    EventKind.DIGIT: "The caller pressed a key",
    EventKind.INTERRUPTED: "The caller interrupted",
    EventKind.MEDIA_LOST: "Media socket lost",
    EventKind.STREAM_LOST: "Stream to Kallglot lost",
    EventKind.CARRIER_FAULT: "The carrier reported a fault",
    EventKind.KALLGLOT_ERROR: "Kallglot reported an error",
    EventKind.RESUMED: "Resumed over a new media socket",
    EventKind.FLAG: "Flag raised",
    EventKind.FLAG_OVER: "Flag over",
    EventKind.END: "End",
}

TROUBLES = frozenset(
    {
        EventKind.SESSION_REFUSED,
        EventKind.MEDIA_LOST,
        EventKind.STREAM_LOST,
        EventKind.CARRIER_FAULT,
        EventKind.KALLGLOT_ERROR,
        EventKind.FLAG,
    }
)
"""Events that somebody may have to do something about."""

_RATINGS = ((4.02, "good"), (3.60, "fair"), (3.10, "poor"))
"""MOS at R = 80, 70 and 60: satisfied, some and many users dissatisfied (ITU-T G.107 Annex B)."""


def rating(mos: float) -> str:
    """What a mean opinion score means."""
    return next((word for least, word in _RATINGS if mos >= least), "bad")


def flag_words(flag: Occurrence) -> str:
    """A flag that is up."""
    return FLAGS[f"{flag.flag} {flag.direction}" if flag.direction else flag.flag]


def event_detail(event: BoxEvent) -> str:
    """An event's detail in words, where there are any; else as it was noted."""
    match event.kind:
        case EventKind.FLAG | EventKind.FLAG_OVER:
            return FLAGS.get(event.detail, event.detail)
        case EventKind.END:
            return event.detail.replace("_", " ")
        case EventKind.CARRIER_FAULT:
            known = CARRIER_CODES.get(code_of(event.detail))
            return f"{event.detail} – {known.meaning}" if known else event.detail
        case _:
            return event.detail


def end_words(reason: EndReason) -> str:
    """How a call ended."""
    return reason.replace("_", " ").capitalize()
