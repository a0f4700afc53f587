"""Adds up what is counted on each call when Prometheus asks, so that counting costs the audio path an addition."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.calls import Carrier, Direction
from gateway.telemetry.carrier_codes import fault_label
from gateway.telemetry.counts import CallCounts, StreamMessage

LiveCalls = Callable[[], Iterable[tuple[Carrier, CallCounts]]]
"""The calls a replica carries now."""


@dataclass(slots=True)
class _Totals:
    """The figures of a carrier's calls, live and finished."""

    frames: Counter[Direction] = field(default_factory=Counter)
    octets: Counter[Direction] = field(default_factory=Counter)
    plain: Counter[str] = field(default_factory=Counter)
    dropped: Counter[tuple[Direction, str]] = field(default_factory=Counter)

    def add(self, counts: CallCounts) -> None:
        self.frames[Direction.IN] += counts.frames_in
        self.frames[Direction.OUT] += counts.frames_out
        self.octets[Direction.IN] += counts.bytes_in
        self.octets[Direction.OUT] += counts.bytes_out
        for name, _ in _PER_CARRIER:
            self.plain[name] += getattr(counts, name)
        for name, _, _ in _OVERALL:
            self.plain[name] += getattr(counts, name)
        for (direction, reason), count in counts.dropped.items():
            self.dropped[direction, str(reason)] += count

    def copy(self) -> "_Totals":
        return _Totals(Counter(self.frames), Counter(self.octets), Counter(self.plain), Counter(self.dropped))


_PER_CARRIER = (
    ("gap_frames", "media_gap_frames"),
    ("reordered", "media_reordered_frames"),
    ("duplicates", "media_duplicate_frames"),
    ("late", "media_late_frames"),
    ("odd_frames", "media_odd_frames"),
    ("stalls", "media_stalls"),
    ("digits", "dtmf"),
)
"""Attribute of `CallCounts`, metric without prefix and `_total`."""

_OVERALL = (
    ("underruns", "playout_underruns", 1.0),
    ("concealed_ms", "concealed_seconds", 0.001),
)
"""Attribute, metric, factor to the base unit."""

_DIRECTIONS = {"concealed_ms": Direction.IN}
"""Of those that could be counted either way."""

_MARK_RESULTS = (("marks_played", "played"), ("marks_cleared", "cleared"))


class CallCollector(Collector):
    """The counters that live on calls."""

    def __init__(self, live: LiveCalls) -> None:
        self._live = live
        self._finished = {carrier: _Totals() for carrier in Carrier}
        self._marks: Counter[str] = Counter()
        self._messages: Counter[StreamMessage] = Counter(dict.fromkeys(StreamMessage, 0))
        self._faults: Counter[tuple[Carrier, str]] = Counter()

    def finish(self, carrier: Carrier, counts: CallCounts) -> None:
        """Keep the figures of a call that is live no more."""
        self._finished[carrier].add(counts)
        for name, result in _MARK_RESULTS:
            self._marks[result] += getattr(counts, name)
        counts.add_messages(self._messages)
        for code, count in counts.carrier_faults.items():
            self._faults[carrier, fault_label(code)] += count

    def stream_failed(self, carrier: Carrier, error: str) -> None:
        """A carrier reported, by callback, that it could not stream."""
        self._faults[carrier, fault_label(error)] += 1

    def collect(self) -> Iterator[Metric]:
        totals = {carrier: finished.copy() for carrier, finished in self._finished.items()}
        active: Counter[Carrier] = Counter()
        marks = Counter(self._marks)
        messages = Counter(self._messages)
        faults = Counter(self._faults)
        for carrier, counts in self._live():
            active[carrier] += 1
            totals[carrier].add(counts)
            for name, result in _MARK_RESULTS:
                marks[result] += getattr(counts, name)
            counts.add_messages(messages)
            for code, count in counts.carrier_faults.items():
                faults[carrier, fault_label(code)] += count
        yield _gauge(
            "calls_active", "Calls with an open media socket.", {(c,): active[c] for c in Carrier}, ("carrier",)
        )
        yield from _media(totals)
        yield from _plain(totals)
        yield _counter(
            "marks",
            "Marks that came back from the carriers.",
            {(result,): marks[result] for _, result in _MARK_RESULTS},
            ("result",),
        )
        received = {(kind,): messages[kind] for kind in StreamMessage}
        yield _counter("kallglot_stream_messages", "Messages from Kallglot.", received, ("type",))
        yield _counter(
            "carrier_stream_errors", "What the carriers complained about, by their codes.", faults, ("carrier", "code")
        )


def _media(totals: dict[Carrier, _Totals]) -> Iterator[Metric]:
    labels = ("carrier", "direction")
    pairs = [(carrier, direction) for carrier in Carrier for direction in Direction]
    yield _counter(
        "media_frames",
        "Media messages from and to the carriers.",
        {(c, d): totals[c].frames[d] for c, d in pairs},
        labels,
    )
    yield _counter(
        "media_bytes", "Audio in them, base64 taken off.", {(c, d): totals[c].octets[d] for c, d in pairs}, labels
    )
    dropped: Counter[tuple[Direction, str]] = Counter()
    for total in totals.values():
        dropped.update(total.dropped)
    yield _counter("media_frames_dropped", "Audio messages thrown away, by why.", dropped, ("direction", "reason"))


def _plain(totals: dict[Carrier, _Totals]) -> Iterator[Metric]:
    for attribute, name in _PER_CARRIER:
        values = {(carrier,): total.plain[attribute] for carrier, total in totals.items()}
        yield _counter(name, _HELP[attribute], values, ("carrier",))
    for attribute, name, factor in _OVERALL:
        value = sum(total.plain[attribute] for total in totals.values()) * factor
        direction = _DIRECTIONS.get(attribute)
        if direction is None:
            yield _counter(name, _HELP[attribute], {(): value}, ())
        else:
            yield _counter(name, _HELP[attribute], {(direction,): value}, ("direction",))


_HELP = {
    "gap_frames": "20 ms frames that the caller's audio lacked.",
    "reordered": "Frames that came before an earlier one.",
    "duplicates": "Frames that came twice.",
    "late": "Frames that came after their place had been given up.",
    "odd_frames": "Frames that did not hold 20 ms of audio.",
    "stalls": "Times without a frame for longer than media.stall_ms.",
    "digits": "Keys pressed by callers.",
    "underruns": "Times a carrier ran out of audio in the middle of an utterance.",
    "concealed_ms": "Silence put where audio was missing.",
}


def _counter(name: str, text: str, values: Mapping[Any, float], labels: tuple[str, ...]) -> CounterMetricFamily:
    family = CounterMetricFamily(f"gateway_{name}", text, labels=labels)
    for label_values, value in values.items():
        family.add_metric(label_values, value)
    return family


def _gauge(name: str, text: str, values: Mapping[Any, float], labels: tuple[str, ...]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"gateway_{name}", text, labels=labels)
    for label_values, value in values.items():
        family.add_metric(label_values, value)
    return family
