"""How much of its cores a machine takes away: all are kept busy, and each notes when it did not run.

A virtual machine's cores are others' as well. What is held up by that no relay can make up for, and at 70 % of a core
it holds up what comes after it for three times as long.
"""

import asyncio
import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.benchmarks.cpu import Cores, pin

_NOTED_S = 0.0005
"""A turn of the loop takes a thousandth of that."""
_BEARABLE = 0.005
"""Of the time; a machine of one's own takes less."""


@dataclass(frozen=True, slots=True)
class Taken:
    """From the relay's core, while another was busy as well."""

    share: float
    """Of the time."""
    longest_ms: float

    @property
    def doubts(self) -> Sequence[str]:
        """Why delays should not be believed."""
        if self.share <= _BEARABLE:
            return []
        lost = f"{self.share:.1%} of the time, {self.longest_ms:.0f} ms at once"
        return [f"the machine took the relay's core away for {lost}"]


async def watch(cores: Cores, seconds: float) -> Taken:
    """Keep the cores busy for so long; nothing else should."""
    watchers = [await _watcher(core, seconds) for core in {cores.rest, cores.relay}]
    found = [json.loads((await watcher.communicate())[0]) for watcher in watchers]
    (missed,) = [missed for core, missed in found if core == cores.relay]
    return Taken(sum(missed) / seconds, 1000 * max(missed, default=0.0))


async def _watcher(core: int, seconds: float) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "tests.benchmarks.taken", "--core", str(core), "--seconds", str(seconds))
    return await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)


def gaps(seconds: float, now_s: Callable[[], float] = time.perf_counter) -> Sequence[float]:
    """Seconds in which this process did not run, one figure for each time."""
    found = []
    before_s = now_s()
    end_s = before_s + seconds
    while before_s < end_s:
        at_s = now_s()
        if at_s - before_s > _NOTED_S:
            found.append(at_s - before_s)
        before_s = at_s
    return found


def main() -> None:
    """Keep one core busy, and print what was noted."""
    parser = ArgumentParser()
    parser.add_argument("--core", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    pin(options.core)
    sys.stdout.write(json.dumps([options.core, gaps(options.seconds)]))


if __name__ == "__main__":
    main()
