"""The metrics of how calls sound and how fast audio passes: observed per chunk, second or call, never per frame.

A media stream is TCP: scores are an upper bound, of the part that passes us (`quality` says what cannot be seen).
"""

from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter
from prometheus_client import Histogram as LabelledHistogram

from gateway.calls import Carrier, Direction
from gateway.telemetry.detectors import Flag
from gateway.telemetry.distribution import Histogram


class ClearCause(StrEnum):
    """Why what was being said to a caller was thrown away; the `cause` label of `gateway_clears_total`."""

    INTERRUPTED = "interrupted"
    """The caller spoke."""
    RECONNECTED = "reconnected"
    """Kallglot was back, and what callers hear meanwhile was cut short."""


class DeadAirCause(StrEnum):
    """Whose turn it was to speak; the `cause` label of `gateway_dead_air_events_total`."""

    STREAM_AWAY = "stream_away"
    """Kallglot could not: its stream was not ready."""
    UNANSWERED = "unanswered"
    """The caller spoke last, and Kallglot did not answer."""
    CALLER_QUIET = "caller_quiet"
    """Kallglot spoke last, and the caller did not."""
    NOBODY_SPOKE = "nobody_spoke"
    """There has been no word yet."""


class Speaker(StrEnum):
    """Who spoke, by a transcript; the `speaker` label of `gateway_transcript_turns_total`."""

    CALLER = "caller"
    """The one whose call it is."""
    OTHER = "other"
    """Anybody else on the session."""


NO_MODE = "unknown"
"""The `mode` label of calls whose route is gone; else it is the route's."""

_RELAY_US = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 500_000)
"""Around what may be added to audio's way: p50 1 ms, p99 5 ms."""

_LATE_MS = (1, 2, 5, 10, 15, 20, 30, 50, 100, 200, 400, 1_000)
"""The wheel's turn is 10 ms, a frame 20; beyond the lead of 400 callers hear it."""

_MARK_MS = (20, 50, 100, 200, 300, 500, 750, 1_000, 2_000, 5_000, 10_000)
"""From the carrier's own buffer to a carrier that does not keep up: callers hear all of it."""

_QUEUE_MS = (0, 20, 100, 200, 400, 1_000, 2_000, 5_000, 10_000, 20_000, 40_000, 60_000)
"""From nothing over the lead to all that is kept."""

_JITTER_US = (500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 40_000, 60_000, 100_000, 200_000)
"""Good below a frame, 20 ms; fits and starts from two."""

_MOS = (1.0, 2.0, 2.58, 3.1, 3.6, 3.8, 4.0, 4.1, 4.2, 4.3, 4.4, 4.5)
"""G.107's limits of user satisfaction (Annex B), finer where calls should be."""

_R = (0, 30, 50, 60, 70, 75, 80, 85, 90, 92, 93.2, 100)
"""Likewise; 93.2 is what a perfect G.711 call gets."""


class AudioMetrics:
    """What the audio path tells Prometheus."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.relay_latency = Histogram(
            "gateway_relay_latency_seconds",
            "From the last frame in to audio.input sent, from audio.output in to the carrier message; one in four.",
            _RELAY_US,
            1_000_000,
            registry,
            label="direction",
            values=Direction,
        )
        self.pacer_lateness = Histogram(
            "gateway_pacer_lateness_seconds", "How late paced audio went to the carrier.", _LATE_MS, 1000, registry
        )
        self.playout_queue = Histogram(
            "gateway_playout_queue_seconds",
            "What a caller has yet to hear, each second of a call.",
            _QUEUE_MS,
            1000,
            registry,
        )
        self.mark_lateness = Histogram(
            "gateway_mark_lateness_seconds",
            "How much later than it should carriers confirmed that audio was played: how far callers are behind.",
            _MARK_MS,
            1000,
            registry,
            label="carrier",
            values=Carrier,
        )
        self.jitter = Histogram(
            "gateway_media_interarrival_jitter_seconds",
            "Highest RFC 3550 jitter of the callers' frames in each second of a call; the stream below is TCP.",
            _JITTER_US,
            1_000_000,
            registry,
            label="carrier",
            values=Carrier,
        )
        self._declare_scores(registry)
        self._declare_events(registry)
        self._begin_at_zero()

    def scored(self, carrier: Carrier, direction: Direction, mos: float, r_factor: float) -> None:
        """A call is this good so far."""
        of_mos, of_r = self._scores[carrier, direction]
        of_mos.observe(mos)
        of_r.observe(r_factor)

    def _declare_scores(self, registry: CollectorRegistry) -> None:
        self.mos = LabelledHistogram(
            "gateway_call_mos",
            "E-model MOS of a call so far, every 10 s and at its end; an upper bound, as the stream is TCP.",
            ["carrier", "direction"],
            registry=registry,
            buckets=_MOS,
        )
        self.r_factor = LabelledHistogram(
            "gateway_call_r_factor",
            "E-model R of a call so far, every 10 s and at its end; an upper bound, as the stream is TCP.",
            ["carrier", "direction"],
            registry=registry,
            buckets=_R,
        )

    def _declare_events(self, registry: CollectorRegistry) -> None:
        self.flags = Counter("gateway_call_flags_total", "Troubles noticed on calls.", ["flag"], registry=registry)
        self.one_way_calls = Counter(
            "gateway_one_way_calls_total",
            "Calls with nothing but flat audio in one direction while the other side spoke.",
            ["direction"],
            registry=registry,
        )
        self.dead_air = Counter(
            "gateway_dead_air_events_total",
            "Times neither side spoke for 8 s, by whose turn it was.",
            ["cause"],
            registry=registry,
        )
        self.clears = Counter(
            "gateway_clears_total", "Times queued audio was thrown away, by why.", ["cause"], registry=registry
        )
        self.turns = Counter(
            "gateway_transcript_turns_total", "Final transcripts from Kallglot.", ["speaker"], registry=registry
        )
        self.session_seconds = Counter(
            "gateway_session_seconds_total",
            "Time that calls with a media socket have had a session, by its mode.",
            ["mode"],
            registry=registry,
        )

    def _begin_at_zero(self) -> None:
        """`rate()` needs a 0 to start from."""
        self._scores = {
            (carrier, direction): (self.mos.labels(carrier, direction), self.r_factor.labels(carrier, direction))
            for carrier in Carrier
            for direction in Direction
        }
        for flag in Flag:
            self.flags.labels(flag)
        for direction in Direction:
            self.one_way_calls.labels(direction)
        for silence in DeadAirCause:
            self.dead_air.labels(silence)
        for cause in ClearCause:
            self.clears.labels(cause)
        for speaker in Speaker:
            self.turns.labels(speaker)
        self.session_seconds.labels(NO_MODE)
