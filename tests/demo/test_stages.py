import pytest
from prometheus_client import CollectorRegistry, generate_latest

from gateway.calls import Carrier
from gateway.demo.stages import webhook_stages
from gateway.telemetry.metrics import Metrics, Stage, WebhookKind


def test_stages_are_read_off_the_metrics() -> None:
    """The webhook's time by carrier, the session's as the mean of all."""
    metrics = Metrics(CollectorRegistry(), lambda: ())
    metrics.webhook_duration.labels(Carrier.TWILIO, WebhookKind.VOICE).observe(0.012)
    metrics.webhook_duration.labels(Carrier.TWILIO, WebhookKind.STATUS).observe(1)
    metrics.webhook_duration.labels(Carrier.TELNYX, WebhookKind.VOICE).observe(0.02)
    for seconds in (0.004, 0.006):
        metrics.setup_stage.labels(Stage.SESSION_CREATE).observe(seconds)

    stages = webhook_stages(generate_latest(metrics.registry).decode())

    assert stages[Carrier.TWILIO] == pytest.approx({"webhook": 12, "session_create": 5})
    assert stages[Carrier.TELNYX] == pytest.approx({"webhook": 20, "session_create": 5})


def test_what_never_happened_has_no_stage() -> None:
    """A gateway that nobody called."""
    metrics = Metrics(CollectorRegistry(), lambda: ())

    assert webhook_stages(generate_latest(metrics.registry).decode()) == {Carrier.TWILIO: {}, Carrier.TELNYX: {}}
