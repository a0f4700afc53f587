"""A recording's events as lines to read. Sans-I/O."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.calls import FAULT_OF, Fault
from gateway.telemetry.blackbox import BoxEvent, EventKind, Recording
from gateway.telemetry.redact import redact_text
from gateway.web.console.wording import EVENTS, TROUBLES, event_detail

_GOOD_ENDS = frozenset(reason for reason, fault in FAULT_OF.items() if fault is Fault.NOBODY)


@dataclass(frozen=True, slots=True)
class Moment:
    """One line."""

    at: str
    """Since the call began, `m:ss.t`."""
    what: str
    detail: str
    is_trouble: bool
    times: int = 1
    """Events of its kind, one right after the other: eight keys are one line."""


def moments(recording: Recording) -> Sequence[Moment]:
    """The timeline, in the order of time; a flag is noted late, and stands where it began."""
    lines: list[Moment] = []
    for event in sorted(recording.events, key=lambda event: event.at_ms):
        line = _moment(event)
        before = lines[-1] if lines else None
        if before and (before.what, before.detail) == (line.what, line.detail):
            lines[-1] = Moment(before.at, line.what, line.detail, line.is_trouble, before.times + 1)
        else:
            lines.append(line)
    return lines


def clock(at_ms: int) -> str:
    """A time within a call: `0:03.2`, `1:02:03.4`."""
    seconds, ms = divmod(at_ms, 1000)
    return f"{duration(seconds)}.{ms // 100}"


def duration(seconds: int) -> str:
    """How long something took: `0:03`, `1:02:03`."""
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _moment(event: BoxEvent) -> Moment:
    is_bad_end = event.kind is EventKind.END and event.detail not in _GOOD_ENDS
    return Moment(
        clock(event.at_ms), EVENTS[event.kind], redact_text(event_detail(event)), event.kind in TROUBLES or is_bad_end
    )
