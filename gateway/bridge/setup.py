"""How long the parts of one call's set-up take."""

from gateway.telemetry.metrics import Metrics, Stage


class Setup:
    """A call's stopwatch, from the media socket on.

    `waited_ms` is how long the carrier took to open it, after it was told to.
    """

    __slots__ = ("_metrics", "_opened_ms", "_started_ms", "_waited_ms", "is_complete", "stages_ms")

    def __init__(self, opened_ms: int, waited_ms: int, metrics: Metrics) -> None:
        self.is_complete = False
        """Audio has gone to Kallglot."""
        self._opened_ms = opened_ms
        self._waited_ms = waited_ms
        self._metrics = metrics
        self._started_ms: int | None = None
        self.stages_ms: dict[Stage, int] = {}
        """What each took."""

    @property
    def was_ready(self) -> bool:
        """Kallglot has taken audio on this socket before."""
        return Stage.SESSION_READY in self.stages_ms

    def media_started(self, now_ms: int) -> None:
        """The carrier said `start`."""
        self._note(Stage.MEDIA_START, self._waited_ms + now_ms - self._opened_ms)
        self._started_ms = now_ms

    def session_ready(self, now_ms: int) -> None:
        """Kallglot said `session.ready`; the first time counts."""
        self._note(Stage.SESSION_READY, now_ms - self._opened_ms)

    def audio_sent(self, now_ms: int) -> None:
        """Audio went to Kallglot; the first time counts."""
        if self._started_ms is not None:
            self._note(Stage.FIRST_AUDIO_SENT, now_ms - self._started_ms)
            self.is_complete = True

    def _note(self, stage: Stage, ms: int) -> None:
        if stage not in self.stages_ms:
            self.stages_ms[stage] = ms
            self._metrics.setup_stage.labels(stage).observe(ms / 1000)
