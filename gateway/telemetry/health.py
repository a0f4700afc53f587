"""Everything that tells how well one call is: fed on the audio path, asked whenever somebody wants to know. Sans-I/O.

health.jitter.arrived(body.timestamp, now_ms, units_per_ms)     each frame of the caller's, 0.4 µs
health.heard(chunk.ulaw, now_ms)                                each chunk for Kallglot, 1 µs
health.said(piece, now_ms)                                      each piece for the carrier, the same
if now_ms >= health.due_ms:                                     once a second, some 20 µs
    for occurrence in health.second(now_ms, queue_ms=…, latency_ms=…):
        …                                                       count it
health.event(EventKind.READY, now_ms)                           whatever happens

Some 60 µs for a call and second in all, while both sides speak, and 100 with what feeds it: a sixteenth of what a call
costs (`tests/benchmarks/README.md`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.calls import Direction
from gateway.telemetry import detectors
from gateway.telemetry.blackbox import BlackBox, EventKind
from gateway.telemetry.companding import CompandingWatch
from gateway.telemetry.counts import CallCounts
from gateway.telemetry.detectors import Occurrence
from gateway.telemetry.jitter import Jitter
from gateway.telemetry.levels import LevelMeter
from gateway.telemetry.quality import Quality, of_caller, of_kallglot

_SECOND_MS = 1_000


@dataclass(frozen=True, slots=True)
class HealthFigures:
    """How one call is now."""

    heard: Quality
    """What Kallglot hears of the caller."""
    said: Quality
    """What the caller hears of Kallglot."""
    heard_dbov: int | None
    """Level of the last second; None without audio."""
    said_dbov: int | None
    flags: Sequence[Occurrence]
    """What is wrong."""


class CallHealth:
    """One call's, for the length of one media socket."""

    __slots__ = (
        "_alarms",
        "_box",
        "_companding",
        "_concealed_ms",
        "_counts",
        "_ear",
        "_gaps",
        "_heard_ms",
        "_latency_ms",
        "_mouth",
        "_said_ms",
        "_second_from_ms",
        "_unix_offset_ms",
        "due_ms",
        "jitter",
        "spoke_last",
    )

    def __init__(self, counts: CallCounts, box: BlackBox, now_ms: int, unix_ms: int) -> None:
        """`unix_ms` is what `now_ms` is for the rest of the world; the box lasts for all of the call's sockets."""
        self.jitter = Jitter()
        """Of the caller's frames."""
        self.due_ms = now_ms + _SECOND_MS
        """When to call `second`."""
        self._counts = counts
        self._box = box
        self._unix_offset_ms = unix_ms - now_ms
        self._second_from_ms = now_ms
        self._ear = _Ear()
        self._mouth = _Ear()
        self._gaps = _Gaps()
        self.spoke_last: Direction | None = None
        """Whose audio held speech last, by the second; None before anybody's did."""
        self._heard_ms = self._said_ms = 0
        """Up to the second under way."""
        self._concealed_ms = 0
        self._latency_ms = 0
        self._companding = CompandingWatch()
        self._alarms = detectors.alarms(self._companding, is_resumed=box.has(EventKind.RESUMED))
        self._mouth.meter.keeps_specimen = False

    def heard(self, ulaw: bytes, now_ms: int) -> None:
        """Some 100 ms of the caller, μ-law 8 kHz."""
        if not self._ear.is_open:
            self._ear.is_open = True
            self.event(EventKind.FIRST_AUDIO_IN, now_ms)
        self._ear.meter.feed(ulaw)
        if self._counts.gap_frames != self._gaps.seen:
            self._gaps.grew(self._counts.gap_frames)

    def said(self, ulaw: bytes, now_ms: int) -> None:
        """Some 100 ms for the caller as they go to the carrier, μ-law 8 kHz; not before: dead air is heard there."""
        if not self._mouth.is_open:
            self._mouth.is_open = True
            self.event(EventKind.FIRST_AUDIO_OUT, now_ms)
        self._mouth.meter.feed(ulaw)

    def event(self, kind: EventKind, now_ms: int, detail: str = "") -> None:
        """Something happened to the call. No numbers, no names, nothing that was said or keyed in."""
        self._box.event(kind, now_ms + self._unix_offset_ms, detail)

    def second(
        self, now_ms: int, *, queue_ms: int = 0, latency_ms: int = 0, is_away: bool = False
    ) -> Sequence[Occurrence]:
        """A second is over; the flags that were raised or, with their ends, taken back in it.

        `queue_ms` is what the caller has yet to hear, `latency_ms` what audio waits in the gateway now; `is_away` where
        Kallglot is, and what callers hear meanwhile is not its word.
        """
        heard, said = self._ear.meter.take(), self._mouth.meter.take()
        self._ear.dbov, self._mouth.dbov = heard_dbov, said_dbov = heard.dbov, said.dbov
        if heard.speech_ms or said.speech_ms:
            self.spoke_last = Direction.IN if heard.speech_ms > said.speech_ms else Direction.OUT
        self._heard_ms += heard.audio_ms
        self._said_ms += said.audio_ms
        self._latency_ms = latency_ms
        self._box.second(
            now_ms + self._unix_offset_ms,
            heard_dbov=heard_dbov,
            said_dbov=said_dbov,
            jitter_ms=self.jitter.ms,
            gap_frames=self._gaps.take(),
            latency_ms=latency_ms,
            queue_ms=queue_ms,
        )
        concealed_ms = self._counts.concealed_ms
        filled_ms, self._concealed_ms = concealed_ms - self._concealed_ms, concealed_ms
        second = detectors.Second(self._second_from_ms, now_ms, heard, said, filled_ms, is_away)
        self._second_from_ms = now_ms
        self.due_ms = now_ms + _SECOND_MS
        self._ear.meter.keeps_specimen = self._companding.is_listening(self.due_ms)
        occurrences = []
        for alarm in self._alarms:
            since_ms = alarm.since_ms(second)
            if since_ms is not None or alarm.raised is not None:
                occurrences.append(alarm.judge(since_ms, now_ms))
        return self._noted(occurrences, now_ms) if occurrences else ()

    def close(self, now_ms: int) -> Sequence[Occurrence]:
        """The socket is gone: no flag outlives it; those that were up still."""
        return self._noted([alarm.end(now_ms) for alarm in self._alarms], now_ms)

    def figures(self) -> HealthFigures:
        """How the call is."""
        counts, delay_ms = self._counts, self._latency_ms
        heard_ms, said_ms = self._heard_ms + self._ear.meter.audio_ms, self._said_ms + self._mouth.meter.audio_ms
        return HealthFigures(
            heard=of_caller(
                counts, heard_ms=heard_ms, bursts=self._gaps.bursts, jitter_ms=self.jitter.ms, delay_ms=delay_ms
            ),
            said=of_kallglot(counts, said_ms=said_ms, delay_ms=delay_ms),
            heard_dbov=self._ear.dbov,
            said_dbov=self._mouth.dbov,
            flags=self.flags,
        )

    @property
    def flags(self) -> Sequence[Occurrence]:
        """What is wrong now."""
        return tuple(alarm.raised for alarm in self._alarms if alarm.raised is not None)

    def _noted(self, occurrences: Sequence[Occurrence | None], now_ms: int) -> Sequence[Occurrence]:
        changed = [occurrence for occurrence in occurrences if occurrence is not None]
        for occurrence in changed:
            detail = f"{occurrence.flag} {occurrence.direction}" if occurrence.direction else occurrence.flag
            # A trouble is known only when it has lasted; the timeline shows where it began.
            if occurrence.end_ms is None:
                self.event(EventKind.FLAG, occurrence.start_ms, detail)
            else:
                self.event(EventKind.FLAG_OVER, now_ms, detail)
        return changed


class _Ear:
    """One direction's sound."""

    __slots__ = ("dbov", "is_open", "meter")

    def __init__(self) -> None:
        self.meter = LevelMeter()
        self.dbov: int | None = None
        self.is_open = False
        """There was audio."""


class _Gaps:
    """Follows the count of gap frames, to tell how they were bunched.

    What goes missing within one chunk is one burst. RFC 3611 §4.7.2 would join losses up to sixteen good frames apart.
    """

    __slots__ = ("_taken", "bursts", "seen")

    def __init__(self) -> None:
        self.seen = 0
        self.bursts = 0
        self._taken = 0

    def grew(self, gap_frames: int) -> None:
        self.seen = gap_frames
        self.bursts += 1

    def take(self) -> int:
        """Frames that went missing since this was last asked."""
        new, self._taken = self.seen - self._taken, self.seen
        return new
