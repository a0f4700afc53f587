"""What a call costs among few and among many: a call more must not make the others dearer."""

from tests.benchmarks.crowd import run_crowd
from tests.benchmarks.load import Round, measure
from tests.benchmarks.outcome import Outcome, Verdict, columns
from tests.benchmarks.report import OURS
from tests.benchmarks.stage import Stage
from tests.benchmarks.steps import broken, doubts

_CALLS = (50, 100, 200, 400, 600, 800, 1000)
_GROWTH = 1.2
_WINDOWS = 3
"""For each number of calls. What else the machine does only makes calls dearer, so the cheapest counts."""


async def run(stage: Stage) -> Outcome:
    """As far as generator and relay go."""
    steps: list[Round] = []
    ended = ""
    async with stage.play(OURS) as (relay, far_end), run_crowd(relay, far_end) as crowd:
        for calls in (2, 4) if stage.short else _CALLS:
            try:
                await crowd.grow(calls)
            except TimeoutError:
                ended = f"the relay took no more than {len(crowd.pairs)} calls"
                break
            windows = [await measure(crowd, stage.seconds / 2) for _ in range(1 if stage.short else _WINDOWS)]
            step = min(windows, key=lambda window: window.cpu_ms_per_call)
            stage.say(
                f"  {calls} calls: {step.cpu_ms_per_call:.3f} ms a call and second, {step.relay_use:.0%} of the core"
            )
            ended = broken(step)
            if ended and steps:
                break
            steps.append(step)
        crowd.shrink(steps[-1].calls)  # what was too much may lose audio
        problems = await crowd.disperse()
    costs = [max(step.cpu_ms_per_call, 0.001) for step in steps]
    growth = max(later / earlier for at, earlier in enumerate(costs) for later in costs[at:])
    rows = [
        (str(step.calls), f"{step.cpu_ms_per_call:.3f}", f"{step.relay_use:.0%}", f"{step.others_use:.0%}")
        for step in steps
    ]
    reach = f"{steps[0].calls} to {steps[-1].calls} calls"
    note = f"{reach}, as {ended}" if ended else reach
    table = columns(("calls", "CPU ms/call·s", "core", "others"), rows) + (f"\nended: {ended}" if ended else "")
    verdict = Verdict("growth of what a call costs, with the calls", growth, _GROWTH, "times", note=note)
    figures = {"growth": growth, "ended": ended, "steps": [step.figures() for step in steps]}
    return Outcome("flat", table, figures, (verdict,), problems, doubts(steps))
