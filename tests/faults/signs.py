"""What a fault leaves in the gateway's metrics. Sans-I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample


@dataclass(frozen=True, slots=True)
class Sign:
    """A metric that grows where there is the fault, and not where there is none."""

    metric: str
    """As it is scraped; of a histogram without `_bucket` and `_count`."""
    labels: Mapping[str, str] = field(default_factory=dict)
    above_s: float | None = None
    """Of a histogram: only what is above this limit of a bucket's."""
    by_carrier: bool = True
    """It has the label `carrier`."""
    is_timed: bool = False
    """A machine that is busy makes it grow a little by itself."""

    def of(self, carrier: str) -> "Sign":
        """That carrier's; the same where it does not tell carriers apart."""
        if not self.by_carrier:
            return self
        labels = {**self.labels, "carrier": carrier}
        return Sign(self.metric, labels, self.above_s, self.by_carrier, self.is_timed)

    def __str__(self) -> str:
        labels = ",".join(f'{name}="{value}"' for name, value in self.labels.items())
        above = f" above {self.above_s:g} s" if self.above_s is not None else ""
        return f"{self.metric}{{{labels}}}{above}" if labels else f"{self.metric}{above}"

    def read(self, scrape: "Scrape") -> float:
        """Its value, added up over the labels that it does not name."""
        if self.above_s is None:
            return scrape.total(self.metric, self.labels)
        below = scrape.total(f"{self.metric}_bucket", {**self.labels, "le": str(self.above_s)})
        return scrape.total(f"{self.metric}_count", self.labels) - below

    def is_shown(self, *, grown: float, clean: float) -> bool:
        """Whether growing by so much says that there was the fault, where it grew by `clean` without it."""
        return grown > 0 and (4 * clean <= grown if self.is_timed else clean == 0)


class Scrape:
    """All metrics at one moment."""

    def __init__(self, text: str) -> None:
        self._samples: list[Sample] = [
            sample for family in text_string_to_metric_families(text) for sample in family.samples
        ]

    def total(self, name: str, labels: Mapping[str, str]) -> float:
        """The sum of the samples of that name which have these labels."""
        return sum(_values(self._samples, name, labels), 0.0)


def _values(samples: Iterable[Sample], name: str, labels: Mapping[str, str]) -> Iterable[float]:
    return (sample.value for sample in samples if sample.name == name and labels.items() <= sample.labels.items())
