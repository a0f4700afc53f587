"""Memory per call: what is the process's own, with more and more calls."""

import asyncio
from pathlib import Path

from tests.benchmarks.crowd import run_crowd
from tests.benchmarks.outcome import Outcome, Verdict, columns, slope
from tests.benchmarks.report import OURS
from tests.benchmarks.stage import Stage

_KIB_PER_CALL = 200
_CALLS = (0, 100, 200, 300, 400)
_SETTLE_S = 5.0
"""After the last call was placed: what grows with a call's first seconds has grown."""


def own_kib(pid: int) -> int:
    """What is no file's, in memory or swapped out: proc(5), /proc/PID/smaps_rollup.

    Of programs and libraries it would change with who else has them open.
    """
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Anonymous:", "Swap:")))


async def run(stage: Stage) -> Outcome:
    """The slope, not the quotient: what a gateway takes without any call is not the calls'."""
    points: list[tuple[float, float]] = []
    async with stage.play(OURS) as (relay, far_end), run_crowd(relay, far_end) as crowd:
        await crowd.grow(1)  # whatever the first call imports
        for calls in (0, 2, 4) if stage.short else _CALLS:
            await crowd.grow(max(1, calls))
            await asyncio.sleep(0.3 if stage.short else _SETTLE_S)
            points.append((len(crowd.pairs), own_kib(relay.pid)))
            stage.say(f"  {len(crowd.pairs)} calls: {points[-1][1] / 1024:.1f} MiB")
        problems = await crowd.disperse()
    per_call = slope(points)
    table = columns(("calls", "own MiB"), [(f"{calls:.0f}", f"{kib / 1024:.1f}") for calls, kib in points])
    verdict = Verdict(
        "memory per call", per_call, _KIB_PER_CALL, "KiB", note=f"slope from {points[0][0]} to {points[-1][0]} calls"
    )
    figures = {"kib_per_call": per_call, "points": points}
    return Outcome("memory", f"{table}\nslope: {per_call:.0f} KiB a call", figures, (verdict,), problems)
