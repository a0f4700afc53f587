"""Calls come and go for minutes: memory, tasks and sockets have to stay what they were."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.benchmarks.crowd import Crowd, run_crowd
from tests.benchmarks.memory import own_kib
from tests.benchmarks.outcome import Outcome, Verdict, columns, slope
from tests.benchmarks.processes import TASKS, Relay
from tests.benchmarks.report import OURS
from tests.benchmarks.stage import Stage
from tests.fakes.until import until

_CALLS = 60
_LIFE_S = (5.0, 15.0)
_SAMPLE_S = 5.0
_GROWTH_PERCENT = 2.0
"""Of memory, tasks and sockets, over the second half; the first is for what is filled once."""
_IDLE_S = 10.0
"""After the last call: connections that were kept for the next are closed."""
_LEFT = 5
"""Tasks and sockets more than before that may be there then."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The relay at one moment."""

    at_s: float
    kib: int
    tasks: int
    sockets: int
    calls: int
    """That have come so far."""


class _Soak:
    def __init__(self, relay: Relay, crowd: Crowd, stage: Stage) -> None:
        self._relay, self._crowd, self._stage = relay, crowd, stage
        self._began_s = time.perf_counter()
        self._calls = 0
        self._chance = random.Random(1)  # noqa: S311 - the same calls every time
        self.problems: list[str] = []

    async def sample(self) -> Sample:
        """Look at the relay."""
        told = self._relay.folder / TASKS
        told.unlink(missing_ok=True)
        os.kill(self._relay.pid, signal.SIGUSR1)
        await until(lambda: told.exists() and bool(told.read_text()))
        at_s = time.perf_counter() - self._began_s
        return Sample(at_s, own_kib(self._relay.pid), int(told.read_text()), _sockets(self._relay.pid), self._calls)

    async def call_again(self, end_s: float) -> None:
        """One caller after the other, as long as it is worth while."""
        shortest_s, longest_s = (0.3, 0.6) if self._stage.short else _LIFE_S
        while time.perf_counter() - self._began_s < end_s:
            pair = await self._crowd.join()
            self._calls += 1
            await asyncio.sleep(self._chance.uniform(shortest_s, longest_s))
            self.problems += await self._crowd.leave(pair)

    async def watch(self, end_s: float) -> list[Sample]:
        """Every few seconds."""
        samples = []
        gap_s = 0.5 if self._stage.short else _SAMPLE_S
        while time.perf_counter() - self._began_s < end_s:
            await asyncio.sleep(gap_s)
            samples.append(await self.sample())
            self._stage.say("  " + ", ".join(f"{value:.0f} {name}" for name, value in asdict(samples[-1]).items()))
        return samples


async def run(stage: Stage) -> Outcome:
    """As many calls at once all the time, each of them short."""
    end_s = 2.0 if stage.short else 60 * stage.minutes
    async with stage.play(OURS) as (relay, far_end), run_crowd(relay, far_end) as crowd:
        soak = _Soak(relay, crowd, stage)
        soak.problems += await crowd.leave(await crowd.join())  # whatever the first call imports and connects
        before = await soak.sample()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(3 if stage.short else _CALLS):
                tasks.create_task(soak.call_again(end_s))
            watching = tasks.create_task(soak.watch(end_s))
        await asyncio.sleep(0.0 if stage.short else _IDLE_S)
        after = await soak.sample()
        await crowd.disperse()
    # What is sampled after the end is asked for is sampled while calls go.
    samples = [sample for sample in watching.result() if sample.at_s < end_s]
    late = [sample for sample in samples if sample.at_s >= end_s / 2]
    note = f"{after.calls} calls in {end_s / 60:g} minutes"
    named: dict[str, Callable[[Sample], int]] = {
        "memory": lambda sample: sample.kib,
        "tasks": lambda sample: sample.tasks,
        "sockets": lambda sample: sample.sockets,
    }
    growths = {name: growth_percent([(sample.at_s, of(sample)) for sample in late]) for name, of in named.items()}
    verdicts = [
        *(Verdict(f"growth of {name} in the second half of the soak", growth, _GROWTH_PERCENT, "%", note=note)
          for name, growth in growths.items()),
        *(Verdict(f"{name} left after the last call", of(after) - of(before), _LEFT, name)
          for name, of in named.items() if name != "memory"),
    ]  # fmt: skip
    rows = [tuple(f"{value:.0f}" for value in asdict(sample).values()) for sample in (before, *samples, after)]
    figures = {"growth_percent": growths, "samples": [asdict(sample) for sample in (before, *samples, after)]}
    return Outcome(
        "soak", columns(("s", "own KiB", "tasks", "sockets", "calls so far"), rows), figures, verdicts, soak.problems
    )


def growth_percent(points: Sequence[tuple[float, float]]) -> float:
    """From the first point to the last, along the line that fits best, against the mean."""
    mean = sum(y for _, y in points) / len(points)
    return 100 * slope(points) * (points[-1][0] - points[0][0]) / mean


def _sockets(pid: int) -> int:
    found = 0
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found += str(entry.readlink()).startswith("socket:")
        except FileNotFoundError:
            continue  # closed since the folder was read
    return found
