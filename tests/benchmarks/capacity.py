"""Calls per core: μ-law against the plain relay, Telnyx' other codecs, and TLS to Kallglot."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from tests.benchmarks.outcome import Outcome, Verdict
from tests.benchmarks.report import BARE, OURS, PLAIN
from tests.benchmarks.stage import Stage
from tests.benchmarks.steps import DELAY_P50_MS, DELAY_P99_MS, Climb, climb, doubts, table
from tests.benchmarks.taken import Taken, watch
from tests.benchmarks.voices import Sound

_CALLS = 1000
_TRANSCODED_CALLS = 500
_RATIO = 4.0


async def relay(stage: Stage) -> Outcome:
    """μ-law both ways, all features on, the same through a relay as one writes it first, and through the least."""
    taken = await watch(stage.cores, stage.seconds)
    plain = await climb(stage, PLAIN)
    bare = await climb(stage, BARE)
    ours = await climb(stage, OURS)
    step = ours.at_delay_limit
    at = f"at {step.relay_use:.0%} of a core, {step.calls} calls"
    # By what a call costs, where both held the most: a relay that cannot be filled would be compared with one that is.
    ratio = plain.cost_ms / ours.cost_ms
    verdicts = (
        _calls("μ-law both ways", ours, bare, _CALLS),
        Verdict("calls per core against the plain relay's", ratio, _RATIO, "times", at_least=True, note=plain.note),
        Verdict("added delay at 70 % of a core, p50", step.delay_ms(0.5), DELAY_P50_MS, "ms", note=at),
        Verdict("added delay at 70 % of a core, p99", step.delay_ms(0.99), DELAY_P99_MS, "ms", note=at),
    )
    ratios: dict[str, object] = {"ratio": ratio, "of_bare": _least_ms(bare) / ours.cost_ms}
    return _outcome("relay", taken, (plain, bare, ours), verdicts, ratios)


async def codecs(stage: Stage) -> Outcome:
    """Telnyx callers whose audio has to be transcoded, by ours and by the least relay."""
    taken = await watch(stage.cores, stage.seconds)
    climbs, verdicts = [], []
    for sound in (Sound.ALAW, Sound.L16):
        bare = await climb(stage, BARE, sound=sound, title=f"{sound} {BARE}")
        ours = await climb(stage, OURS, sound=sound, title=sound)
        climbs += [bare, ours]
        verdicts.append(_calls(f"{sound} carrier", ours, bare, _TRANSCODED_CALLS))
    return _outcome("codecs", taken, climbs, verdicts)


async def tls(stage: Stage) -> Outcome:
    """The session streams encrypted, as Kallglot's are."""
    taken = await watch(stage.cores, stage.seconds)
    return _outcome("tls", taken, [await climb(stage, OURS, tls=True, title="tls")])


def _calls(what: str, ours: Climb, bare: Climb, wanted: int) -> Verdict:
    """How many calls a core carries, and how many of them any relay could."""
    note = ours.note
    if bare.held:  # with few calls each is dear, and says nothing of many
        note += f"; by cost here a relay that does nothing else has {1000 / _least_ms(bare):.0f}"
    return Verdict(f"calls per core, {what}", ours.calls_per_core, wanted, "calls", at_least=True, note=note)


def _least_ms(bare: Climb) -> float:
    return max(min(step.cpu_ms_per_call for step in bare.steps), 0.001)


def _outcome(
    part: str,
    taken: Taken,
    climbs: Sequence[Climb],
    verdicts: Sequence[Verdict] = (),
    ratios: Mapping[str, object] | None = None,
) -> Outcome:
    figures: dict[str, object] = {
        climbed.name: {
            "held": climbed.held,
            "calls_per_core": climbed.calls_per_core,
            "extrapolated": climbed.is_extrapolated,
            "ended": climbed.ended,
            "steps": [step.figures() for step in climbed.steps],
        }
        for climbed in climbs
    }
    problems = [problem for climbed in climbs for problem in climbed.problems]
    found = doubts([step for climbed in climbs for step in climbed.steps])
    figures |= {"taken": asdict(taken), **(ratios or {})}
    return Outcome(part, table(climbs), figures, verdicts, problems, [*taken.doubts, *found])
