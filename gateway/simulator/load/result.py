"""What a load came to: figures by name, second by second and over all. Sans-I/O."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.simulator.load.spread import Spread
from gateway.simulator.load.tally import Count, Figure, Sample, add_kinds, spreads_of
from gateway.simulator.load.usage import Usage

BUSY = 0.85
"""Of a core: a process of the generator that uses more is not sure to be punctual."""
LATE_MS = 10.0
"""Half a frame: a generator that is later than this at p99 sends bunches of frames, and bunches are cheap to relay."""


@dataclass(slots=True)
class Second:
    """One second of all processes together."""

    active: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    spreads: dict[str, Spread] = field(default_factory=dict)
    busiest: float = 0.0
    """What the busiest process of the generator used of a core."""
    usage: Usage | None = None
    """The gateway's, at the end of it."""

    def add(self, sample: Sample) -> None:
        """One process' share."""
        self.active += sample.active
        self.counts.update(sample.counts)
        self.busiest = max(self.busiest, sample.cpu_s)
        for name, spread in spreads_of(sample).items():
            self.spreads.setdefault(name, Spread()).merge(spread)


class Result:
    """Grows while the load runs."""

    def __init__(self, title: str, processes: int) -> None:
        self.title = title
        self.processes = processes
        self.seconds: list[Second] = []
        self.reasons: Counter[str] = Counter()
        self.complaints: Counter[str] = Counter()
        """By their words."""
        self.stopped_s: float | None = None
        """When it was stopped before its end; None where it was not."""
        self.broken: list[str] = []
        """What became of processes that did not do as they were told."""

    def add(self, sample: Sample) -> None:
        """Take in what one process says of one second."""
        self.second(sample.second).add(sample)
        self.reasons.update(sample.reasons)
        add_kinds(self.complaints, sample.complaints)

    def second(self, number: int) -> Second:
        """That second, from 0."""
        while len(self.seconds) <= number:
            self.seconds.append(Second())
        return self.seconds[number]

    def count(self, name: Count) -> int:
        """Over all seconds."""
        return sum(second.counts[name] for second in self.seconds)

    def spread(self, name: Figure) -> Spread:
        """Over all seconds."""
        whole = Spread()
        for second in self.seconds:
            if name in second.spreads:
                whole.merge(second.spreads[name])
        return whole

    def figures(self) -> dict[str, float | None]:
        """Every figure by its name; None is one that nothing was measured of. Limits are set by these names."""
        counts = {str(name): float(self.count(name)) for name in Count}
        probes = counts[Count.PROBES_FOUND] + counts[Count.PROBES_LOST]
        found: dict[str, float | None] = {
            **counts,
            "peak_calls": float(max((second.active for second in self.seconds), default=0)),
            "probe_loss": counts[Count.PROBES_LOST] / probes if probes else None,
        }
        for name in Figure:
            spread = self.spread(name)
            for label, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)):
                found[f"{name}_{label}_ms"] = spread.quantile(share)
            found[f"{name}_max_ms"] = spread.most if spread.count else None
        return found | self._usage()

    def _usage(self) -> dict[str, float | None]:
        used = self.cpu()
        memory = [second.usage.memory_mib for second in self.seconds if second.usage is not None]
        calls = sum(self.seconds[number].active for number in used)
        return {
            "generator_cpu": max((second.busiest for second in self.seconds), default=0.0),
            "cpu_mean": sum(used.values()) / len(used) if used else None,
            "cpu_max": max(used.values(), default=None),
            "cpu_ms_per_call": 1000 * sum(used.values()) / calls if used and calls else None,
            "memory_max_mib": max(memory, default=None),
            "memory_growth_mib": memory[-1] - memory[0] if memory else None,
        }

    def cpu(self) -> Mapping[int, float]:
        """What the gateway used of a core, by second."""
        used = {}
        for number in range(1, len(self.seconds)):
            before, now = self.seconds[number - 1].usage, self.seconds[number].usage
            if before is not None and now is not None:
                used[number] = now.cpu_s - before.cpu_s
        return used

    def doubts(self) -> list[str]:
        """Why the figures should not be believed: the generator was the bottleneck, broke or was stopped; else none."""
        busiest = max((second.busiest for second in self.seconds), default=0.0)
        late_ms = self.spread(Figure.LATENESS).quantile(0.99) or 0.0
        found = [*self.broken]
        if self.stopped_s is not None:
            found.append(f"it was stopped after {self.stopped_s:.0f} s")
        if busiest > BUSY:
            found.append(f"a process of the generator used {busiest:.0%} of a core: take more --processes")
        if late_ms > LATE_MS:
            had_time = f"; at {busiest:.0%} of a core, the machine is busy with something else"
            why = had_time if busiest <= BUSY else ""
            found.append(f"the generator was {late_ms:.0f} ms late at p99: frames came in bunches{why}")
        return found


def lines(result: Result) -> Sequence[str]:
    """The result as plain lines."""
    found = result.figures()

    def of(name: Figure) -> str:
        values = [found[f"{name}_{label}_ms"] for label in ("p50", "p90", "p99", "max")]
        return " / ".join("-" if value is None else f"{value:.1f}" for value in values)

    counts = {name: result.count(name) for name in Count}
    plural = "es" if result.processes != 1 else ""
    return [
        result.title,
        f"calls: {counts[Count.STARTED]} placed, {found['peak_calls']:.0f} at once; "
        f"{counts[Count.COMPLETED]} completed, {counts[Count.LOST]} lost, {counts[Count.REFUSED]} refused; "
        f"{counts[Count.HEARD]} heard something; {counts[Count.RESUMED]} streams resumed",
        *(f"  {count} × {reason}" for reason, count in result.reasons.most_common()),
        "milliseconds, p50 / p90 / p99 / max:",
        f"  webhook answered   {of(Figure.WEBHOOK)}",
        f"  set up             {of(Figure.SETUP)}",
        f"  first audio        {of(Figure.FIRST_AUDIO)}",
        f"  added delay        {of(Figure.ADDED)}",
        f"  there and back     {of(Figure.ROUND_TRIP)}",
        f"  jitter             {of(Figure.JITTER)}",
        f"audio: {counts[Count.FRAMES_SENT]} frames sent, {counts[Count.DISCARDED]} discarded, "
        f"{counts[Count.FRAMES_RECEIVED]} messages back; {counts[Count.PROBES_FOUND]} of "
        f"{counts[Count.PROBES_FOUND] + counts[Count.PROBES_LOST]} probes found, "
        f"{counts[Count.LOST_MS]} ms missing, {counts[Count.INSERTED_MS]} ms put in",
        f"complaints: {counts[Count.COMPLAINTS]}",
        *(f"  {count} × {kind}" for kind, count in result.complaints.most_common()),
        f"gateway: {_used(found)}",
        f"generator: {result.processes} process{plural}, the busiest {found['generator_cpu']:.0%} of a core; "
        f"late {of(Figure.LATENESS)} ms",
        *(f"not to be believed: {doubt}" for doubt in result.doubts()),
    ]


def _used(found: Mapping[str, float | None]) -> str:
    """By the gateway's process, if it was looked at."""
    memory_mib, cpu, per_call_ms = found["memory_max_mib"], found["cpu_mean"], found["cpu_ms_per_call"]
    if memory_mib is None:
        return "its CPU and memory were not watched (--pid)"
    if cpu is None or per_call_ms is None:
        return f"{memory_mib:.0f} MiB"
    return f"{cpu:.0%} of a core ({per_call_ms:.2f} ms a call and second), {memory_mib:.0f} MiB"
