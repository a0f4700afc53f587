"""What a parent of several workers tells Prometheus about them, beside what each tells about its calls."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class WorkerMetrics:
    """By the workers' numbers, which are as many as `--workers` says."""

    def __init__(self, registry: CollectorRegistry, workers: int) -> None:
        self.up = Gauge("gateway_worker_up", "1 while this worker carries calls.", ["worker"], registry=registry)
        self.restarts = Counter(
            "gateway_worker_restarts_total",
            "Times a worker that had died was started again.",
            ["worker"],
            registry=registry,
        )
        for number in range(workers):
            self.up.labels(number)
            self.restarts.labels(number)
