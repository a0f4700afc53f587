"""What a scenario came to: figures for the table, and everything that should not have happened. Sans-I/O."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from gateway.calls import Carrier
from gateway.simulator.report import CallReport, EndedBy
from tests.chaos.hearing import Hearing

_TOO_BUSY = 0.9
"""Of all cores; beyond this everybody waits for everybody."""

_FORGIVEN = 5
"""Times the limit: on such a machine it is still told from a call that hangs."""

_HICCUP_MS = 200
"""A silence that a busy machine makes: two messages of audio."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A call that is over."""

    report: CallReport
    struck_ms: int
    """When the fault struck, in milliseconds since the call started; likewise the next."""
    healed_ms: int | None
    """From when the other side could be heard again without the carrier's help, where that is so."""
    stayed: bool
    """The caller did not hang up because of the fault's moment."""


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What is left when all calls are over."""

    sessions: Sequence[dict[str, Any]]
    """As `GET /sandbox/sessions` describes them."""
    ledger_size: int
    settled_s: float
    """How long it took from the last call's end until nothing was left, or until nobody waited any more."""
    failures: Sequence[str]
    """Tracebacks in the processes' logs."""


@dataclass(slots=True)
class Findings:
    """One scenario's."""

    scenario: str
    limit_ms: int
    """In which a caller must be heard again."""
    calls: int = 0
    left: int = 0
    """Callers who hung up in the fault's moment."""
    resumed: int = 0
    """Calls of the others that came back by a new media socket, and how often altogether."""
    resumes: int = 0
    to_audio_ms: list[int] = field(default_factory=list)
    """For each: from the carrier's request, or from when Kallglot was there again, to sound in the caller's ear."""
    silence_ms: int = 0
    """The longest that any caller heard nothing."""
    dropped: int = 0
    fed_twice: int = 0
    """Sessions that were sent audio by two at a time, or one number twice."""
    open_sessions: int = 0
    ledger_size: int = 0
    settled_s: float = 0.0
    busy: float = 0.0
    """The share of the machine that was used, by whomever, from the fault until everybody heard again."""
    problems: list[str] = field(default_factory=list)
    late: list[tuple[str, int]] = field(default_factory=list)
    """Calls whose callers waited for longer than the limit, and how long."""

    @property
    def is_doubtful(self) -> bool:
        """The machine had too much to do: its milliseconds are not the gateway's."""
        return self.busy > _TOO_BUSY

    def failures(self, *, forgiving: bool = False) -> list[str]:
        """Everything that does not hold; whoever is forgiving allows a machine that was too busy some more time."""
        limit_ms = self.limit_ms * (_FORGIVEN if forgiving and self.is_doubtful else 1)
        late = [f"{name} heard nothing for {ms} ms, {limit_ms} at most" for name, ms in self.late if ms > limit_ms]
        return [*self.problems, *late]

    def percentile_ms(self, share: float) -> int:
        """Of `to_audio_ms`; 0 where nobody had to wait."""
        return round(float(np.quantile(self.to_audio_ms, share))) if self.to_audio_ms else 0


def find(scenario: str, limit_ms: int, calls: Sequence[Ended], aftermath: Aftermath) -> Findings:
    """Look at every call and every session."""
    findings = Findings(scenario, limit_ms)
    for call in calls:
        _look_at_call(call, findings)
    _look_at_sessions(calls, aftermath, findings)
    findings.ledger_size, findings.settled_s = aftermath.ledger_size, aftermath.settled_s
    if aftermath.ledger_size:
        findings.problems.append(f"{aftermath.ledger_size} calls are left in the ledger")
    findings.problems += aftermath.failures
    return findings


def _look_at_call(call: Ended, findings: Findings) -> None:
    report, name = call.report, f"{call.report.carrier} call {call.report.call_id}"
    findings.calls += call.stayed
    findings.left += not call.stayed
    if report.ended_by is not EndedBy.CALLER:
        findings.dropped += 1
        findings.problems.append(
            f"{name} was dropped: {report.ended_by} after {report.duration_ms} ms, struck at {call.struck_ms}, "
            f"{report.verbs}, {report.webhook_statuses}, {report.close_codes}, {report.refused_media}"
        )
    findings.problems += [f"{name}: the carrier complains: {complaint}" for complaint in report.complaints]
    if not call.stayed:
        return
    waits = _waits_ms(call)
    findings.resumed += len(report.streams) > 1
    findings.resumes += max(0, len(report.streams) - 1)
    findings.to_audio_ms += [wait_ms for wait_ms in waits if wait_ms is not None]
    for wait_ms in waits:
        if wait_ms is None:
            findings.problems.append(f"{name} heard nothing any more")
        elif wait_ms > findings.limit_ms:
            findings.late.append((name, wait_ms))
    silences = Hearing(report.heard).silences(call.struck_ms, report.duration_ms)
    findings.silence_ms = max([findings.silence_ms, *(silence.length_ms for silence in silences)])


def _waits_ms(call: Ended) -> list[int | None]:
    """How long each thing that happened kept the caller from hearing anything; None where it never ended."""
    report = call.report
    hearing = Hearing(report.heard)
    waits: list[int | None] = []
    for before, stream in pairwise(report.streams):
        lost_ms = before.closed_ms or 0
        asked_ms = next((ms for ms in report.asked_ms if ms >= lost_ms), stream.asked_ms)
        sound_ms = hearing.sound_after(stream.opened_ms)
        waits.append(sound_ms - asked_ms if sound_ms is not None else None)
    if call.healed_ms is not None and len(report.streams) == 1:
        silences = hearing.silences(call.struck_ms, report.duration_ms)
        after = [silence for silence in silences if silence.until_ms > call.healed_ms]
        longest = max(after, key=lambda silence: silence.length_ms, default=None)
        if longest is not None and longest.length_ms > _HICCUP_MS:
            heard_again = hearing.sound_after(longest.until_ms) is not None
            waits.append(longest.until_ms - max(longest.from_ms, call.healed_ms) if heard_again else None)
    return waits


def _look_at_sessions(calls: Sequence[Ended], aftermath: Aftermath, findings: Findings) -> None:
    of_call: dict[str, list[dict[str, Any]]] = {call.report.call_id: [] for call in calls}
    for session in aftermath.sessions:
        metadata = session["metadata"] or {}
        for carrier in Carrier:
            call_id = metadata.get(f"{carrier}_call_sid")
            if call_id in of_call:
                of_call[call_id].append(session)
    for call_id, sessions in of_call.items():
        if len(sessions) != 1:
            findings.problems.append(f"call {call_id} has {len(sessions)} sessions")
        for session in sessions:
            _look_at_session(session, findings)


def _look_at_session(session: dict[str, Any], findings: Findings) -> None:
    name = f"session {session['id']}"
    if session["status"] != "ended":
        findings.open_sessions += 1
        findings.problems.append(f"{name} is {session['status']}")
    faults = [f"{key} {session[key]}" for key in ("sequence_duplicates", "sequence_late") if session[key]]
    for before, after in pairwise(session["sources"]):
        if after["first_sequence"] <= before["last_sequence"]:
            faults.append(
                f"socket {after['socket']} begins at {after['first_sequence']}, {before['last_sequence']} was"
            )
        if after["first_ns"] < before["last_ns"]:
            overlap_ms = (before["last_ns"] - after["first_ns"]) / 1e6
            faults.append(f"sockets {before['socket']} and {after['socket']} overlap by {overlap_ms:.1f} ms")
    findings.fed_twice += bool(faults)
    findings.problems += [f"{name}: {fault}" for fault in faults]
    if session["refused_messages"]:
        findings.problems.append(f"{name}: {session['refused_messages']} messages were refused")
