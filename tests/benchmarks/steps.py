"""More and more calls, until the relay's core is full or what callers hear would suffer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import repeat

from tests.benchmarks.crowd import Crowd, run_crowd
from tests.benchmarks.load import Round, measure
from tests.benchmarks.outcome import columns
from tests.benchmarks.stage import Stage
from tests.benchmarks.voices import Sound

FULL = 0.95
"""A core that is used more than this has no room for what else a machine does."""
DELAYED_AT = 0.7
"""How full the core is where the limits of the delay have to hold."""
DELAY_P50_MS = 1.0
DELAY_P99_MS = 5.0
_FRAME_MS = 20.0
"""The delay's p99 with a core fuller than that: a frame's length, which every jitter buffer bridges."""
_GENERATOR_FULL = 0.92
_BUNCHED_MS = 50.0
"""A generator so late at p99 is not what was wanted any more."""
_OTHERS = 0.03
"""Of the relay's core: what an idle machine does there."""
_TRIES = 2
"""A step that breaks a limit is measured once more: what happened once may have been the machine's."""
_LADDER = (0.2, 0.4, 0.55, DELAYED_AT, 0.8, 0.9, FULL, 1.0, *repeat(1.1, 8))
"""How full the core is to be at each step; what the step before took a call says how many calls that is."""
_FIRST_CALLS = 20
_HEADS = (
    "relay",
    "calls",
    "CPU ms/call·s",
    "user",
    "kernel",
    "core",
    "to Kallglot p50",
    "p99 ms",
    "to carrier p50",
    "p99 ms",
    "late p99",
    "generator",
    "others",
)


@dataclass(frozen=True, slots=True)
class Climb:
    """All steps of one relay."""

    name: str
    steps: Sequence[Round]
    held: int
    """The greatest number of calls with which all was well."""
    ended: str
    """Why there was no further step."""
    problems: Sequence[str]

    @property
    def is_extrapolated(self) -> bool:
        """The relay would have taken more."""
        return not self.ended.startswith("the relay")

    @property
    def cost_ms(self) -> float:
        """Milliseconds of CPU for a call and second where the most calls were held; of the last step if none was."""
        held = [step for step in self.steps if step.calls == self.held]
        return max((held or self.steps)[-1].cpu_ms_per_call, 0.001)

    @property
    def calls_per_core(self) -> float:
        """What was held where the relay was the limit; extrapolated where it was not."""
        return 1000 / self.cost_ms if self.is_extrapolated else self.held

    @property
    def note(self) -> str:
        """How `calls_per_core` came about."""
        if not self.is_extrapolated:
            return f"held {self.held}, {self.ended}"
        limit = "limited by the generator" if self.ended.startswith("the generator") else "the steps ended"
        return f"{limit} at {self.held} calls; 1000/cost = {1000 / self.cost_ms:.0f}"

    @property
    def at_delay_limit(self) -> Round:
        """The step that filled the core nearest to where the delay's limits have to hold, as it was measured last."""
        last = {step.calls: step for step in self.steps}
        return min(last.values(), key=lambda step: abs(step.relay_use - DELAYED_AT))


async def climb(stage: Stage, name: str, *, sound: Sound = Sound.ULAW, tls: bool = False, title: str = "") -> Climb:
    """Step by step, each a window of its own; the calls of one step go on in the next."""
    title = title or name
    steps: list[Round] = []
    held, ended = 0, "with the last step"
    async with stage.play(name, tls=tls) as (relay, far_end), run_crowd(relay, far_end, sound) as crowd:
        calls = 4 if stage.short else _FIRST_CALLS
        for target in _LADDER[: 1 if stage.short else None]:
            try:
                await crowd.grow(calls)
            except TimeoutError:
                ended = f"the relay took no more than {len(crowd.pairs)} of {calls} calls"
                break
            tried = await _try(crowd, stage, title)
            steps += tried
            if fault := broken(tried[-1]):
                ended = fault
                break
            held = calls
            calls = max(calls + 1, int(target * 1000 / max(tried[-1].cpu_ms_per_call, 0.1)))
        crowd.shrink(held)  # what was too much may lose audio, and what was not must not
        problems = await crowd.disperse()
    return Climb(title, steps, held, ended, [f"{title}: {problem}" for problem in problems])


async def _try(crowd: Crowd, stage: Stage, title: str) -> list[Round]:
    """One step, and again where it broke a limit."""
    steps: list[Round] = []
    while len(steps) < _TRIES and (not steps or broken(steps[-1])):
        steps.append(replace(await measure(crowd, stage.seconds), relay=title))
        fault = broken(steps[-1])
        stage.say(_progress(steps[-1]) + (f": {fault}" if fault else ""))
    return steps


def broken(step: Round) -> str:
    """Why more calls than these make no sense, or ""."""
    delay_ms = step.delay_ms(0.99)
    if step.generator_use > _GENERATOR_FULL:
        return f"the generator used {step.generator_use:.0%} of its core"
    if step.late_ms(0.99) > _BUNCHED_MS:
        return f"the generator was {step.late_ms(0.99):.0f} ms late at p99"
    if step.relay_use > FULL:
        return f"the relay used {step.relay_use:.0%} of its core at {step.calls}"
    if delay_ms > _FRAME_MS:
        return f"the relay delayed audio by {delay_ms:.0f} ms at p99 at {step.calls}"
    return ""


def doubts(steps: Sequence[Round]) -> list[str]:
    """Why the figures should not be believed: what else has the core makes audio late, and caches cold."""
    most, dropped = max(step.others_use for step in steps), sum(step.dropped for step in steps)
    return [
        *([f"whoever else used {most:.0%} of the relay's core"] if most > _OTHERS else ()),
        *([f"the kernel dropped {dropped} packets between the processes, and sent them late"] if dropped else ()),
    ]


def table(climbs: Sequence[Climb]) -> str:
    """A line for each step."""
    rows = [_row(step) for climbed in climbs for step in climbed.steps]
    return columns(_HEADS, rows) + "".join(f"\n{climbed.name}: {climbed.note}" for climbed in climbs)


def _row(step: Round) -> tuple[str, ...]:
    user, system = (1000 * part / step.seconds / step.calls for part in (step.cpu.user_s, step.cpu.system_s))
    return (
        step.relay,
        str(step.calls),
        f"{step.cpu_ms_per_call:.3f}",
        f"{user:.3f}",
        f"{system:.3f}",
        f"{step.relay_use:.0%}",
        f"{step.to_kallglot(0.5):.2f}",
        f"{step.to_kallglot(0.99):.2f}",
        f"{step.to_carrier(0.5):.2f}",
        f"{step.to_carrier(0.99):.2f}",
        f"{step.late_ms(0.99):.1f}",
        f"{step.generator_use:.0%}",
        f"{step.others_use:.0%}",
    )


def _progress(step: Round) -> str:
    return (
        f"  {step.relay}: {step.calls} calls, {step.relay_use:.0%} of the core, "
        f"{step.cpu_ms_per_call:.2f} ms a call and second, "
        f"delay p99 {step.delay_ms(0.99):.1f} ms, generator {step.generator_use:.0%}"
    )
