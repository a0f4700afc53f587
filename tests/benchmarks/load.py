"""A relay that carries calls for a while, and what it took."""

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TypedDict

from tests.benchmarks.cpu import CpuTime, busy_s, cpu_time
from tests.benchmarks.crowd import Crowd, run_crowd
from tests.benchmarks.far_end import FarEnd
from tests.benchmarks.loopback import dropped_packets
from tests.benchmarks.processes import Relay
from tests.benchmarks.voices import Sound
from tests.fakes.uncollected import uncollected

_PAUSE_S = 0.6
"""Kallglot's, before each window: what the carrier has ahead is played, and no hiccup of before delays what comes."""
_WARM_UP_S = 0.5
"""Before the window: buffers have grown and caches are warm."""


@dataclass(frozen=True, slots=True)
class Round:
    """One relay, carrying calls for a while."""

    relay: str
    calls: int
    seconds: float
    """The window's length, as it turned out."""
    cpu: CpuTime
    """The relay's, within the window."""
    generator_cpu_s: float
    others_s: float
    """What whoever else had of the relay's core."""
    dropped: int
    """Packets for which the kernel had no room on their way from one process to the other."""
    lateness_ms: Sequence[float]
    """Of each millisecond's frames within the window, sorted."""
    to_kallglot_ms: Sequence[float]
    """Delays beyond chunking within the window, sorted."""
    to_carrier_ms: Sequence[float]
    frames: int
    """Carrier's messages to the relay, over the whole round."""
    inputs: int
    """What became of them at Kallglot's end."""
    outputs: int
    """Kallglot's messages of audio to the relay."""
    media: int
    """What became of them at the carrier's end."""
    silent_bytes: int
    """What the relay put where frames were late."""
    problems: tuple[str, ...] = ()
    """Audio that did not arrive as it was sent; none where the relay did its work."""

    @property
    def cpu_ms_per_call(self) -> float:
        """Milliseconds of CPU for a call and second."""
        return 1000 * self.cpu.total_s / self.seconds / self.calls

    @property
    def calls_per_core(self) -> float:
        """How many calls would use up a core."""
        return 1000 / max(self.cpu_ms_per_call, 0.001)

    @property
    def relay_use(self) -> float:
        """How much of its core the relay used, 0 to 1."""
        return self.cpu.total_s / self.seconds

    @property
    def generator_use(self) -> float:
        """How much of its core the generator used, 0 to 1."""
        return self.generator_cpu_s / self.seconds

    def late_ms(self, quantile: float) -> float:
        """How late the frames were sent."""
        return self.lateness_ms[min(len(self.lateness_ms) - 1, int(quantile * len(self.lateness_ms)))]

    @property
    def others_use(self) -> float:
        """How much of the relay's core whoever else used, 0 to 1."""
        return self.others_s / self.seconds

    def to_kallglot(self, share: float) -> float:
        """Of the delays beyond chunking so large a share is at most this, in ms; 0 where none were noted."""
        return quantile(self.to_kallglot_ms, share)

    def to_carrier(self, share: float) -> float:
        """The same the other way."""
        return quantile(self.to_carrier_ms, share)

    def delay_ms(self, share: float) -> float:
        """The greater of both."""
        return max(self.to_kallglot(share), self.to_carrier(share))

    def figures(self) -> dict[str, object]:
        """All that can be written down: of what was noted many times, quantiles."""
        noted = {
            "late_ms": self.late_ms,
            "to_kallglot_ms": self.to_kallglot,
            "to_carrier_ms": self.to_carrier,
        }
        figures = asdict(self) | {"cpu_ms_per_call": self.cpu_ms_per_call, "relay_use": self.relay_use}
        del figures["lateness_ms"]
        quantiles = {"p50": 0.5, "p99": 0.99, "p100": 1.0}
        return figures | {name: {key: at(share) for key, share in quantiles.items()} for name, at in noted.items()}


async def run_round(relay: Relay, far_end: FarEnd, calls: int, seconds: float, sound: Sound = Sound.ULAW) -> Round:
    """Place calls, measure the relay while they talk, end them, and see whether everything arrived."""
    async with run_crowd(relay, far_end, sound) as crowd:
        await crowd.grow(calls)
        measured = await measure(crowd, seconds)
        problems = await crowd.disperse()
        return _counted(measured, crowd, problems)


async def measure(crowd: Crowd, seconds: float) -> Round:
    """A window in which no call begins or ends; nothing is known yet of what did not arrive."""
    crowd.talk.answers = False
    await asyncio.sleep(_PAUSE_S)
    crowd.talk.answers = True
    await asyncio.sleep(_WARM_UP_S)
    crowd.forget_figures()
    pid = crowd.relay.pid
    core = min(os.sched_getaffinity(pid))
    # To look for cycles among thousands of calls would make the generator's frames late.
    with uncollected():
        dropped_before = dropped_packets()
        before, own_before, busy_before_s = cpu_time(pid), cpu_time(os.getpid()), busy_s(core)
        began_s = time.perf_counter()
        await asyncio.sleep(seconds)
        after, own_after, busy_after_s = cpu_time(pid), cpu_time(os.getpid()), busy_s(core)
        ended_s = time.perf_counter()
        dropped = dropped_packets() - dropped_before
    cpu = after.since(before)
    return Round(
        relay=crowd.relay.name,
        calls=len(crowd.pairs),
        seconds=ended_s - began_s,
        cpu=cpu,
        generator_cpu_s=own_after.since(own_before).total_s,
        others_s=max(0.0, busy_after_s - busy_before_s - cpu.total_s),
        dropped=dropped,
        lateness_ms=sorted(crowd.talk.lateness_ms),
        to_kallglot_ms=sorted(crowd.to_kallglot_ms),
        to_carrier_ms=sorted(crowd.to_carrier_ms),
        **_counts(crowd),
    )


def _counted(measured: Round, crowd: Crowd, problems: Sequence[str]) -> Round:
    return replace(measured, **_counts(crowd), problems=tuple(problems))


class _Counts(TypedDict):
    frames: int
    inputs: int
    outputs: int
    media: int
    silent_bytes: int


def _counts(crowd: Crowd) -> _Counts:
    return {
        "frames": sum(pair.caller.frames for pair in crowd.pairs),
        "inputs": sum(pair.session.heard_messages for pair in crowd.pairs),
        "outputs": sum(pair.session.said.messages for pair in crowd.pairs),
        "media": sum(pair.caller.heard_messages for pair in crowd.pairs),
        "silent_bytes": sum(pair.session.heard.silent_bytes for pair in crowd.pairs),
    }


def quantile(ordered: Sequence[float], share: float) -> float:
    """Of sorted figures so large a share is at most this; 0 where there are none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
