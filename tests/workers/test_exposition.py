import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from gateway.telemetry.metrics import Metrics
from gateway.workers.exposition import Exposition

NOTHING = CollectorRegistry()


def worker(calls: int) -> str:
    """What a worker with so many calls answers."""
    registry = CollectorRegistry()
    Counter("calls_total", "Calls.", ["carrier"], registry=registry).labels("twilio").inc(calls)
    Gauge("draining", "Whether.", registry=registry).set(0)
    seconds = Histogram("wait_seconds", "Waits.", buckets=(0.5, 1), registry=registry)
    for _ in range(calls):
        seconds.observe(0.7)
    return generate_latest(registry).decode()


def lines(exposition: Exposition) -> list[str]:
    """As Prometheus reads it, without the times at which series began."""
    return [line for line in generate_latest(exposition).decode().splitlines() if "_created" not in line]


def test_each_sample_says_whose_it_is() -> None:
    """One scrape holds the counters of all, each a series of its own; labels that were there stay."""
    assert lines(Exposition({0: worker(2), 3: worker(5)}, NOTHING))[:6] == [
        "# HELP calls_total Calls.",
        "# TYPE calls_total counter",
        'calls_total{carrier="twilio",worker="0"} 2.0',
        'calls_total{carrier="twilio",worker="3"} 5.0',
        "# HELP draining Whether.",
        "# TYPE draining gauge",
    ]


def test_a_histogram_stays_one() -> None:
    """Its quantiles can be asked for, of one worker or of all."""
    told = lines(Exposition({0: worker(1), 1: worker(0)}, NOTHING))

    assert told[told.index("# TYPE wait_seconds histogram") + 1 :][:5] == [
        'wait_seconds_bucket{le="0.5",worker="0"} 0.0',
        'wait_seconds_bucket{le="1.0",worker="0"} 1.0',
        'wait_seconds_bucket{le="+Inf",worker="0"} 1.0',
        'wait_seconds_count{worker="0"} 1.0',
        'wait_seconds_sum{worker="0"} 0.7',
    ]


@pytest.mark.parametrize("text", [pytest.param('say "\\n" {', id="escapes"), pytest.param("", id="empty")])
def test_the_parents_own_metrics_are_in_the_same_scrape(text: str) -> None:
    """As they are: they have their labels. A label's value may be anything."""
    registry = CollectorRegistry()
    Gauge("workers", "How many.", ["name"], registry=registry).labels(text).set(2)

    (family,) = text_string_to_metric_families("\n".join(lines(Exposition({}, registry))) + "\n")

    assert [(sample.labels, sample.value) for sample in family.samples] == [({"name": text}, 2.0)]


def test_nothing_of_the_gateways_own_metrics_is_lost() -> None:
    """Names, types, help and values are those of a gateway that runs alone."""
    registry = CollectorRegistry()
    Metrics(registry, lambda: ())
    alone = generate_latest(registry).decode()

    together = generate_latest(Exposition({0: alone}, NOTHING)).decode()

    assert together.replace(',worker="0"', "").replace('{worker="0"}', "") == alone
