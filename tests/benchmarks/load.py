"""A relay that carries calls for a while, and what it took."""

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from tests.benchmarks.cpu import CpuTime, cpu_time
from tests.benchmarks.crowd import Crowd, run_crowd
from tests.benchmarks.far_end import FarEnd
from tests.benchmarks.processes import Relay
from tests.benchmarks.voices import Sound

_PAUSE_S = 1.0
"""Kallglot's, before each window: what the carrier has ahead is played, and no hiccup of before delays what comes."""
_WARM_UP_S = 1.0
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

    def delay_ms(self, share: float) -> float:
        """Of the delays beyond chunking, either way, so large a share is at most this; 0 where none were noted."""
        return max(_quantile(self.to_kallglot_ms, share), _quantile(self.to_carrier_ms, share))


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
    before, own_before, began_s = cpu_time(pid), cpu_time(os.getpid()), time.perf_counter()
    await asyncio.sleep(seconds)
    after, own_after, ended_s = cpu_time(pid), cpu_time(os.getpid()), time.perf_counter()
    return Round(
        relay=crowd.relay.name,
        calls=len(crowd.pairs),
        seconds=ended_s - began_s,
        cpu=after.since(before),
        generator_cpu_s=own_after.since(own_before).total_s,
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


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
