"""Follows how one call is while a media socket carries it, and tells metrics and black box. Plain calls, no task."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from gateway.bridge.chunks import Chunk
from gateway.bridge.surroundings import Surroundings
from gateway.calls import Carrier, Direction
from gateway.telemetry.audio_metrics import DeadAirCause
from gateway.telemetry.blackbox import BlackBox, EventKind
from gateway.telemetry.counts import CallCounts
from gateway.telemetry.detectors import Flag, Occurrence
from gateway.telemetry.health import CallHealth, HealthFigures
from gateway.telemetry.jitter import Jitter

_SECOND_MS = 1_000

_SCORED_EVERY = 10
"""Seconds: a bad call has to be seen before it is over."""


class CallMonitor:
    """One call's, for the length of one media socket."""

    __slots__ = (
        "_carrier",
        "_clock",
        "_health",
        "_heard",
        "_jitters",
        "_lasted_until_ms",
        "_latency",
        "_longest_us",
        "_metrics",
        "_one_way",
        "_queues",
        "_said",
        "_seconds_until_score",
        "_session_seconds",
        "_unix_offset_ms",
        "box",
        "due_ms",
        "said",
    )

    def __init__(self, counts: CallCounts, box: BlackBox, around: Surroundings, carrier: Carrier, mode: str) -> None:
        now_ms = around.clock.now_ms()
        self.box = box
        """Of the whole call."""
        self.due_ms = now_ms + _SECOND_MS
        """When to call `second`."""
        self._clock = around.clock
        self._metrics = around.metrics.audio
        self._carrier = carrier
        self._unix_offset_ms = around.clock.unix_ms() - now_ms
        self._seconds_until_score = _SCORED_EVERY
        self._lasted_until_ms = now_ms
        self._session_seconds = self._metrics.session_seconds.labels(mode)
        self._latency = {direction: self._metrics.relay_latency.of(direction) for direction in Direction}
        self._queues = self._metrics.playout_queue.of()
        self._jitters = self._metrics.jitter.of(carrier)
        self._longest_us = 0
        """The longest that audio waited within this second."""
        self._one_way: set[Direction | None] = {
            direction for direction in Direction if box.has(EventKind.FLAG, f"{Flag.ONE_WAY} {direction}")
        }
        """Those that have been, on this socket or an earlier one."""
        self._heard = self._said = False
        self._health: CallHealth | None = None
        if around.policy.quality:
            self._health = CallHealth(counts, box, now_ms, around.clock.unix_ms())
        self.said: Callable[[bytes, int], None] = self._health.said if self._health else self._note_first_said
        """Hears the audio for the caller, on its way to the carrier, and when."""

    @property
    def jitter(self) -> Jitter | None:
        """To be told of every frame of the caller's; None where nobody wants to know."""
        return self._health.jitter if self._health is not None else None

    @property
    def is_flagged(self) -> bool:
        """Something is wrong with the call, as far as that is followed."""
        return self._health is not None and bool(self._health.flags)

    def note(self, kind: EventKind, detail: str = "") -> None:
        """Something happened to the call. No numbers, nothing that was said or keyed in."""
        self.box.event(kind, self._clock.unix_ms(), detail)

    def heard(self, chunks: Iterable[Chunk], now_ms: int) -> None:
        """Audio of the caller's, about to go to Kallglot."""
        if self._health is not None:
            for chunk in chunks:
                self._health.heard(chunk.ulaw, now_ms)
        elif not self._heard:
            self._heard = True
            self.note(EventKind.FIRST_AUDIO_IN)

    def _note_first_said(self, _ulaw: bytes, _now_ms: int) -> None:
        if not self._said:
            self._said = True
            self.note(EventKind.FIRST_AUDIO_OUT)

    def relayed(self, direction: Direction, since_us: int) -> None:
        """Audio that came at that time has been sent on."""
        us = self._clock.now_us() - since_us
        self._latency[direction].observe(us)
        self._longest_us = max(self._longest_us, us)

    def paced(self, late_ms: int) -> None:
        """Audio went to the carrier so much later than it should have."""
        self._metrics.pacer_lateness.of().observe(late_ms)

    def marked(self, late_ms: int) -> None:
        """The carrier says so much later than it should that audio was played."""
        self._metrics.mark_lateness.of(self._carrier).observe(late_ms)

    def second(self, now_ms: int, queue_ms: int, *, is_ready: bool) -> None:
        """A second went by, with so much audio waiting for the caller; `is_ready` where Kallglot takes audio."""
        self.due_ms = now_ms + _SECOND_MS
        self._queues.observe(queue_ms)
        self._count_time(now_ms)
        if self._health is None:
            return
        self._jitters.observe(int(self._health.jitter.take_highest_ms() * 1_000))
        latency_ms, self._longest_us = self._longest_us // 1_000, 0
        for occurrence in self._health.second(now_ms, queue_ms=queue_ms, latency_ms=latency_ms, is_away=not is_ready):
            self._count(occurrence, is_ready=is_ready)
        self._seconds_until_score -= 1
        if not self._seconds_until_score:
            self._score()

    def close(self, now_ms: int) -> None:
        """The socket is gone."""
        self._count_time(now_ms)
        if self._health is not None:
            self._health.close(now_ms)
            self._score()

    def figures(self) -> HealthFigures | None:
        """How the call is, its flags' times in Unix ms; None where that is not followed."""
        if self._health is None:
            return None
        figures = self._health.figures()
        flags = [replace(flag, start_ms=flag.start_ms + self._unix_offset_ms) for flag in figures.flags]
        return replace(figures, flags=flags)

    def _count_time(self, now_ms: int) -> None:
        self._session_seconds.inc(max(0, now_ms - self._lasted_until_ms) / 1_000)
        self._lasted_until_ms = now_ms

    def _count(self, occurrence: Occurrence, *, is_ready: bool) -> None:
        if occurrence.end_ms is not None:
            return
        self._metrics.flags.labels(occurrence.flag).inc()
        if occurrence.flag is Flag.DEAD_AIR:
            self._metrics.dead_air.labels(self._whose_turn(is_ready=is_ready)).inc()
        elif occurrence.flag is Flag.ONE_WAY and occurrence.direction not in self._one_way:
            self._one_way.add(occurrence.direction)
            self._metrics.one_way_calls.labels(occurrence.direction).inc()

    def _whose_turn(self, *, is_ready: bool) -> DeadAirCause:
        if not is_ready:
            return DeadAirCause.STREAM_AWAY
        match self._health.spoke_last if self._health is not None else None:
            case Direction.IN:
                return DeadAirCause.UNANSWERED
            case Direction.OUT:
                return DeadAirCause.CALLER_QUIET
            case None:
                return DeadAirCause.NOBODY_SPOKE

    def _score(self) -> None:
        assert self._health is not None, "only what is followed is scored"
        self._seconds_until_score = _SCORED_EVERY
        figures = self._health.figures()
        for quality in (figures.heard, figures.said):
            if quality.mos is not None and quality.r_factor is not None:
                self._metrics.scored(self._carrier, quality.direction, quality.mos, quality.r_factor)
