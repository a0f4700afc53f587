"""Where the time goes while calls talk: py-spy where it can be had, and else what the gateway notes of itself."""

import asyncio
import os
import pstats
import shutil
import signal
from collections import Counter
from pathlib import Path

from tests.benchmarks.crowd import run_crowd
from tests.benchmarks.outcome import Outcome
from tests.benchmarks.processes import PROFILE, Relay
from tests.benchmarks.report import OURS
from tests.benchmarks.stage import Stage
from tests.fakes.until import until

_CALLS = 150
_RATE_HZ = 100
_SHOWN = 25
_MAIN_THREAD = "MainThread"
_PY_SPY_S = 60.0
"""To fetch it the first time."""


async def run(stage: Stage) -> Outcome:
    """The share of each function, without those that it calls."""
    async with stage.play(OURS) as (relay, far_end), run_crowd(relay, far_end) as crowd:
        await crowd.grow(3 if stage.short else _CALLS)
        await asyncio.sleep(1.0)
        seconds = max(1, round(stage.seconds))
        shares = None if stage.short else await _by_py_spy(relay, seconds)
        tool = "py-spy"
        if shares is None:
            shares, tool = await _by_itself(relay, seconds), "cProfile"
        await crowd.disperse()  # whoever is looked into is late, and that is no fault of its own
    stage.say(f"  {tool}: {len(shares)} functions")
    rows = [(f"{share:.1%}", name) for name, share in shares.most_common(_SHOWN)]
    table = "\n".join(f"{share.rjust(6)}  {name}" for share, name in [("self", f"function, by {tool}"), *rows])
    return Outcome("profile", table, {"tool": tool, "self": dict(shares.most_common(100))})


async def _by_py_spy(relay: Relay, seconds: int) -> Counter[str] | None:
    """None where it is not to be had, or not allowed to look."""
    command = next(([tool, *more] for tool, *more in (("py-spy",), ("uvx", "py-spy")) if shutil.which(tool)), None)
    if command is None:
        return None
    stacks = relay.folder / PROFILE
    # What is compiled has no Python frames.
    options = ("--native", "--pid", str(relay.pid), "--duration", str(seconds), "--rate", str(_RATE_HZ), "--threads")
    process = await asyncio.create_subprocess_exec(
        *command,
        "record",
        *options,
        *("--format", "raw", "--output", str(stacks)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_PY_SPY_S + seconds):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
    return collapsed(stacks.read_text()) if process.returncode == 0 else None


async def _by_itself(relay: Relay, seconds: int) -> Counter[str]:
    found = relay.folder / PROFILE
    os.kill(relay.pid, signal.SIGUSR2)
    await asyncio.sleep(seconds)
    os.kill(relay.pid, signal.SIGUSR2)
    await until(lambda: found.exists() and found.stat().st_size > 0)
    return noted(found)


def collapsed(stacks: str) -> Counter[str]:
    """Shares of the innermost functions of py-spy's `raw` format: a stack and how often it was seen, a line each.

    Of the first thread alone, the event loop's: others wait for work, and py-spy does not always see that.
    """
    seen: Counter[str] = Counter()
    for line in stacks.splitlines():
        stack, _, times = line.rpartition(" ")
        if _MAIN_THREAD not in stack.partition(";")[0]:
            continue
        seen[_without_line(stack.rpartition(";")[2])] += int(times)
    return _shares(seen)


def noted(path: Path) -> Counter[str]:
    """Shares of each function's own time, of what cProfile has written."""
    stats = pstats.Stats(str(path)).stats  # type: ignore[attr-defined]  # not in its stub
    return _shares(Counter({f"{name} ({file})": own_s for (file, _, name), (_, _, own_s, _, _) in stats.items()}))


def _shares(seen: Counter[str]) -> Counter[str]:
    total = sum(seen.values()) or 1
    return Counter({name: times / total for name, times in seen.items()})


def _without_line(frame: str) -> str:
    """`feed (gateway/x.py:12)` is the same function as `feed (gateway/x.py:14)`."""
    name, colon, rest = frame.rpartition(":")
    return f"{name})" if colon and rest.rstrip(")").isdigit() else frame
