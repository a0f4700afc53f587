from prometheus_client import CollectorRegistry

from gateway.bridge.setup import Setup
from gateway.telemetry.metrics import Metrics, Stage


def _setup() -> tuple[Setup, CollectorRegistry]:
    """A call whose media socket opened at 1000, 300 ms after the document."""
    registry = CollectorRegistry()
    return Setup(1_000, 300, Metrics(registry, lambda: ())), registry


def _seconds(registry: CollectorRegistry, stage: Stage) -> float | None:
    return registry.get_sample_value("gateway_setup_stage_seconds_sum", {"stage": stage})


def test_stages_are_measured_as_the_caller_waits_for_them() -> None:
    """The carrier's part from its document on, Kallglot's from the socket on, the first words from `start` on."""
    setup, registry = _setup()
    setup.media_started(1_200)
    setup.session_ready(1_500)
    setup.audio_sent(1_550)
    assert setup.stages_ms == {Stage.MEDIA_START: 500, Stage.SESSION_READY: 500, Stage.FIRST_AUDIO_SENT: 350}
    assert _seconds(registry, Stage.MEDIA_START) == 0.5
    assert _seconds(registry, Stage.FIRST_AUDIO_SENT) == 0.35


def test_only_the_first_time_counts() -> None:
    """A stream that was opened again is no new set-up."""
    setup, registry = _setup()
    setup.media_started(1_200)
    for now_ms in (1_500, 60_000):
        setup.session_ready(now_ms)
        setup.audio_sent(now_ms)
    assert setup.stages_ms[Stage.SESSION_READY] == 500
    assert _seconds(registry, Stage.SESSION_READY) == 0.5


def test_audio_before_the_start_is_nobodys() -> None:
    setup, registry = _setup()
    setup.audio_sent(1_100)
    assert setup.stages_ms == {}
    assert not _seconds(registry, Stage.FIRST_AUDIO_SENT)
