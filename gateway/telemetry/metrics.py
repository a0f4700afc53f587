"""Every metric, declared in one place. Names, labels and units are what dashboards and alerts are built on.

Labels come from enums, never from input. What happens on the audio path is counted on the call and added up in
`collector`; here is what happens a few times a call, or not on a call at all.
"""

from enum import IntEnum, StrEnum
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from gateway.calls import FAULT_OF, Carrier, Fault
from gateway.telemetry.audio_metrics import AudioMetrics
from gateway.telemetry.collector import CallCollector, LiveCalls
from gateway.telemetry.kallglot_codes import KALLGLOT_CODES, code_label


class WebhookKind(StrEnum):
    """Which webhook; of a carrier's the last part of its path."""

    VOICE = "voice"
    CONTINUE = "continue"
    STATUS = "status"
    STREAM = "stream"
    FALLBACK = "fallback"
    EVENT = "event"
    """Kallglot's, whose `carrier` label is `kallglot`."""


class WebhookResult(StrEnum):
    """How a webhook was answered."""

    CONNECTED = "connected"
    RESUMED = "resumed"
    REFUSED = "refused"
    OVERFLOWED = "overflowed"
    FAILED = "failed"
    PARTED = "parted"
    NOTED = "noted"
    REJECTED = "rejected"


class CallResult(StrEnum):
    """Whether a call did what the caller wanted of it."""

    COMPLETED = "completed"
    FAILED = "failed"


class Stage(StrEnum):
    """A stretch of a call's set-up."""

    WEBHOOK = "webhook"
    """Voice webhook received to document answered."""
    SESSION_CREATE = "session_create"
    """Within it: Kallglot's time to create the session."""
    MEDIA_START = "media_start"
    """Document answered to the carrier's `start`."""
    SESSION_READY = "session_ready"
    """Media socket accepted to `session.ready`."""
    FIRST_AUDIO_SENT = "first_audio_sent"
    """`start` to the first audio sent to Kallglot."""


class Reconnect(StrEnum):
    """What became of a lost stream; the `result` label of `gateway_kallglot_stream_reconnects_total`."""

    DONE = "done"
    GIVEN_UP = "given_up"


class Handover(StrEnum):
    """How a drained call left; the `result` label of `gateway_drain_handovers_total`."""

    PAUSE = "pause"
    DEADLINE = "deadline"
    CUT = "cut"


class AdmissionState(IntEnum):
    """Whether another call is taken, and why not; the value of `gateway_admission_state`."""

    OPEN = 0
    FULL = 1
    OVERLOADED = 2
    DRAINING = 3


class Side(StrEnum):
    """Whose WebSocket; the `side` label of `gateway_open_websockets`."""

    MEDIA = "media"
    KALLGLOT = "kallglot"


class FallbackCause(StrEnum):
    """Why a caller got the route's `on_failure`, where no `EndReason` says it."""

    STORE_UNAVAILABLE = "store_unavailable"


class ResumeCause(StrEnum):
    """Why a caller came back."""

    SOCKET_LOST = "socket_lost"
    DRAINED = "drained"
    REPLICA_LOST = "replica_lost"
    """Another replica had the call and has not let go of it: it is dead, or has not noticed yet."""
    NEVER_CONNECTED = "never_connected"
    """The carrier did not get as far as using its ticket."""


class ResumeResult(StrEnum):
    """Whether a caller who came back was let in."""

    RESUMED = "resumed"
    TOO_OFTEN = "too_often"


class OrphanResult(StrEnum):
    """What became of a session whose call nobody had any more."""

    ENDED = "ended"
    DEFERRED = "deferred"
    """Kallglot could not be told yet; the ledger keeps it due."""
    LOST = "lost"
    """It could be neither written down nor ended: Kallglot's own timeout has to."""


class MediaAuth(StrEnum):
    """Whether a media socket was let in; refusals by `TicketFault`."""

    ACCEPTED = "accepted"


_FAST_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
"""From an answer out of memory to Kallglot's whole budget."""

_SETUP_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10)
"""Callers begin to wonder after a second; carriers give up at fifteen."""

_LAG_S = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
"""Around the limit of 50 ms and the half of it; beyond 0.4 s callers hear it."""

_CALLBACK_S = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300)
"""From the network's own time to a carrier that has fallen behind; clocks differ by some of the first."""

_CALL_S = (1, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400)
"""From a mis-dial to the longest call that Telnyx allows."""


class Metrics:
    """What the gateway tells Prometheus."""

    def __init__(self, registry: CollectorRegistry, live: LiveCalls) -> None:
        self.registry = registry
        self.calls = CallCollector(live)
        registry.register(self.calls)
        self.audio = AudioMetrics(registry)
        self.calls_total = Counter(
            "gateway_calls_total", "Calls that ended, by why.", ["carrier", "result", "reason"], registry=registry
        )
        self.call_duration = Histogram(
            "gateway_call_duration_seconds", "From the first webhook to the end.", registry=registry, buckets=_CALL_S
        )
        self.setup_stage = Histogram(
            "gateway_setup_stage_seconds", "Parts of a call's set-up.", ["stage"], registry=registry, buckets=_SETUP_S
        )
        self.build_info = Gauge("gateway_build_info", "The version that runs.", ["version"], registry=registry)
        self.build_info.labels(version("kallglot-gateway")).set(1)
        self.routes_reload_failures = Counter(
            "gateway_routes_reload_failures_total", "Changed route files that could not be used.", registry=registry
        )
        self.draining = Gauge("gateway_draining", "1 while this replica empties itself.", registry=registry)
        self.drain_handovers = Counter(
            "gateway_drain_handovers_total", "Calls that a drain let go of, by how.", ["result"], registry=registry
        )
        self._declare_doors(registry)
        self._declare_room(registry)
        self._declare_survival(registry)
        self._declare_kallglot(registry)
        self._begin_at_zero()

    def _declare_doors(self, registry: CollectorRegistry) -> None:
        self.webhooks = Counter(
            "gateway_webhooks_total", "Webhooks answered.", ["carrier", "kind", "result"], registry=registry
        )
        self.webhook_duration = Histogram(
            "gateway_webhook_duration_seconds",
            "Time to answer a webhook.",
            ["carrier", "kind"],
            registry=registry,
            buckets=_FAST_S,
        )
        self.callback_delay = Histogram(
            "gateway_callback_delay_seconds",
            "From when a carrier's callback says that something happened to its arrival, by both clocks.",
            ["carrier", "kind"],
            registry=registry,
            buckets=_CALLBACK_S,
        )
        self.webhook_rejects = Counter(
            "gateway_webhook_rejects_total",
            "Webhooks refused as forged or broken.",
            ["carrier", "reason"],
            registry=registry,
        )
        self.media_auth = Counter(
            "gateway_media_auth_total", "Media sockets let in or refused.", ["carrier", "result"], registry=registry
        )

    def _declare_room(self, registry: CollectorRegistry) -> None:
        self.loop_lag = Histogram(
            "gateway_event_loop_lag_seconds",
            "How late a timer on the event loop was, ten times a second.",
            registry=registry,
            buckets=_LAG_S,
        )
        self.admission_state = Gauge(
            "gateway_admission_state", "0 open, 1 full, 2 overloaded, 3 draining.", registry=registry
        )
        self.capacity = Gauge("gateway_capacity_calls", "Calls that this replica takes at once.", registry=registry)
        self.open_websockets = Gauge(
            "gateway_open_websockets", "Open WebSockets, by who is at the other end.", ["side"], registry=registry
        )
        for side in Side:
            self.open_websockets.labels(side)

    def _declare_survival(self, registry: CollectorRegistry) -> None:
        self.fallbacks = Counter(
            "gateway_fallbacks_total",
            "Callers who got their route's `on_failure`, by why.",
            ["cause"],
            registry=registry,
        )
        self.calls_resumed = Counter(
            "gateway_calls_resumed_total",
            "Callers who came back to their call.",
            ["cause", "result"],
            registry=registry,
        )
        self.sessions_orphaned = Counter(
            "gateway_sessions_orphaned_total",
            "Sessions whose call nobody had any more, by what became of them.",
            ["result"],
            registry=registry,
        )
        self.store_up = Gauge("gateway_store_up", "1 while the store can be written to.", registry=registry)

    def _declare_kallglot(self, registry: CollectorRegistry) -> None:
        self.kallglot_request = Histogram(
            "gateway_kallglot_request_duration_seconds",
            "Kallglot's time to answer, each attempt.",
            ["operation", "status"],
            registry=registry,
            buckets=_FAST_S,
        )
        self.kallglot_connect = Histogram(
            "gateway_kallglot_stream_connect_seconds", "Time to open a stream.", registry=registry, buckets=_FAST_S
        )
        self.kallglot_reconnects = Counter(
            "gateway_kallglot_stream_reconnects_total",
            "Lost streams, by whether they came back.",
            ["result"],
            registry=registry,
        )
        self.kallglot_errors = Counter(
            "gateway_kallglot_errors_total", "Errors that Kallglot reported.", ["code"], registry=registry
        )

    def _begin_at_zero(self) -> None:
        """What alerts watch for a first event: a series that is born with it has never increased."""
        # Nobody has looked yet.
        self.store_up.set(1)
        for carrier in Carrier:
            for voice in WebhookResult:
                self.webhooks.labels(carrier, WebhookKind.VOICE, voice)
            for kind in (WebhookKind.STATUS, WebhookKind.STREAM):
                self.callback_delay.labels(carrier, kind)
        for code in (*KALLGLOT_CODES, code_label("")):
            self.kallglot_errors.labels(code)
        for reconnect in Reconnect:
            self.kallglot_reconnects.labels(reconnect)
        for handover in Handover:
            self.drain_handovers.labels(handover)
        for orphan in OrphanResult:
            self.sessions_orphaned.labels(orphan)
        for cause in (*FallbackCause, *(reason for reason, fault in FAULT_OF.items() if fault is not Fault.NOBODY)):
            self.fallbacks.labels(cause)

    def request_observed(self, operation: str, status: str, seconds: float) -> None:
        """An attempt to ask Kallglot for something is over."""
        self.kallglot_request.labels(operation, status).observe(seconds)
