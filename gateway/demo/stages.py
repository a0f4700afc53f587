"""How long the parts of a set-up took that the gateway tells as metrics only. Sans-I/O."""

from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

from gateway.calls import Carrier
from gateway.telemetry.metrics import Stage


def webhook_stages(exposition: str) -> Mapping[Carrier, Mapping[str, float]]:
    """Milliseconds by carrier and stage, where there was one call a carrier.

    The time to create a session is not told by carrier: each has the mean of all.
    """
    created = _mean_ms(exposition, "gateway_setup_stage_seconds", {"stage": Stage.SESSION_CREATE})
    stages = {}
    for carrier in Carrier:
        answered = _mean_ms(exposition, "gateway_webhook_duration_seconds", {"carrier": carrier, "kind": "voice"})
        named = {Stage.WEBHOOK: answered, Stage.SESSION_CREATE: created}
        stages[carrier] = {str(stage): ms for stage, ms in named.items() if ms is not None}
    return stages


def _mean_ms(exposition: str, histogram: str, labels: Mapping[str, str]) -> float | None:
    """The mean of what a histogram observed under these labels, or None where it observed nothing."""
    found = {"_sum": 0.0, "_count": 0.0}
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            part = sample.name.removeprefix(histogram)
            if family.name == histogram and part in found and labels.items() <= sample.labels.items():
                found[part] += sample.value
    return found["_sum"] / found["_count"] * 1000 if found["_count"] else None
