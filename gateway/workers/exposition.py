"""The metrics of several workers as those of one process, each sample with its worker's label. Sans-I/O.

They are not added up: a worker that is started again counts from zero, which Prometheus makes good for each series by
itself, and could not for a sum.
"""

from collections.abc import Iterator, Mapping

from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

LABEL = "worker"


class Exposition(Collector):
    """What workers answered to a scrape, as Prometheus' text, by their numbers; and a collector's own metrics."""

    def __init__(self, texts: Mapping[int, str], own: Collector) -> None:
        self._texts = texts
        self._own = own

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for number, text in self._texts.items():
            for metric in text_string_to_metric_families(text):
                family = families.setdefault(
                    metric.name, Metric(metric.name, metric.documentation, metric.type, metric.unit)
                )
                family.samples.extend(_labelled(sample, number) for sample in metric.samples)
        yield from families.values()
        yield from self._own.collect()


def _labelled(sample: Sample, number: int) -> Sample:
    return sample._replace(labels={**sample.labels, LABEL: str(number)})
