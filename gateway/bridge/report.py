"""All that is known of one call, and the likely cause of how it went. Sans-I/O.

It is what `GET /calls/{call_id}` answers and `gateway explain` prints.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

from gateway.bridge.relay import Relay
from gateway.bridge.snapshot import CallSnapshot, of_past, of_relay
from gateway.store.history import PastCall
from gateway.telemetry.blackbox import BoxSecond, EventKind, Recording, decode
from gateway.telemetry.explain import explain


class Moment(Struct, frozen=True):
    """Something that happened to the call."""

    at_ms: int
    """Since it began."""
    event: EventKind
    detail: str = ""


class CallReport(CallSnapshot, frozen=True, kw_only=True):
    """One call, and its recording."""

    cause: str
    """The likely one, in a sentence."""
    advice: str
    """What to do about it."""
    figures: Mapping[str, int]
    """All that was counted, through all sockets."""
    timeline: Sequence[Moment]
    left_out: int
    """Moments for which there was no room."""
    each_second: Sequence[BoxSecond]


def of_live_call(relay: Relay, now_ms: int) -> CallReport:
    """A call that is here; `now_ms` is Unix time."""
    return _report(of_relay(relay, now_ms), decode(relay.monitor.box.encode()), relay.figures())


def of_past_call(past: PastCall, now_ms: int) -> CallReport:
    """A call that was kept.

    Raises:
        RecordingError: another version recorded it.
    """
    return _report(of_past(past, now_ms), decode(past.box), past.figures)


def _report(call: CallSnapshot, recording: Recording, figures: Mapping[str, int]) -> CallReport:
    explanation = explain(recording, call.end_reason, figures)
    return CallReport(
        **structs.asdict(call),
        cause=explanation.cause,
        advice=explanation.advice,
        figures=figures,
        timeline=[Moment(event.at_ms, event.kind, event.detail) for event in recording.events],
        left_out=recording.left_out,
        each_second=recording.seconds,
    )
