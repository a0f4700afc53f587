import pytest
from prometheus_client import CollectorRegistry

from gateway.telemetry.audio_metrics import AudioMetrics


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("gateway_call_mos_count", {"carrier": "telnyx", "direction": "out"}),
        ("gateway_call_r_factor_count", {"carrier": "twilio", "direction": "in"}),
        ("gateway_call_flags_total", {"flag": "wrong_companding"}),
        ("gateway_one_way_calls_total", {"direction": "in"}),
        ("gateway_dead_air_events_total", {"cause": "unanswered"}),
        ("gateway_clears_total", {"cause": "interrupted"}),
        ("gateway_transcript_turns_total", {"speaker": "caller"}),
        ("gateway_session_seconds_total", {"mode": "unknown"}),
        ("gateway_relay_latency_seconds_count", {"direction": "in"}),
        ("gateway_media_interarrival_jitter_seconds_count", {"carrier": "twilio"}),
        ("gateway_pacer_lateness_seconds_count", {}),
        ("gateway_playout_queue_seconds_count", {}),
    ],
)
def test_every_series_begins_at_zero(name: str, labels: dict[str, str]) -> None:
    """The first one-way call is an increase, and pages somebody."""
    registry = CollectorRegistry()
    AudioMetrics(registry)
    assert registry.get_sample_value(name, labels) == 0
