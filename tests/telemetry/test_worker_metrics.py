from prometheus_client import CollectorRegistry, generate_latest

from gateway.telemetry.worker_metrics import WorkerMetrics


def test_every_worker_is_there_from_the_beginning() -> None:
    """An alert on restarts sees the first one: its series has been zero before."""
    registry = CollectorRegistry()
    metrics = WorkerMetrics(registry, 2)

    metrics.up.labels(1).set(1)
    metrics.restarts.labels(0).inc()

    told = generate_latest(registry).decode()
    assert 'gateway_worker_up{worker="0"} 0.0' in told
    assert 'gateway_worker_up{worker="1"} 1.0' in told
    assert 'gateway_worker_restarts_total{worker="0"} 1.0' in told
    assert 'gateway_worker_restarts_total{worker="1"} 0.0' in told
