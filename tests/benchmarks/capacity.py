"""Calls per core: μ-law against the plain relay, Telnyx' other codecs, and TLS to Kallglot."""

from collections.abc import Sequence

from tests.benchmarks.outcome import Outcome, Verdict
from tests.benchmarks.report import OURS, PLAIN
from tests.benchmarks.stage import Stage
from tests.benchmarks.steps import DELAY_P50_MS, DELAY_P99_MS, Climb, climb, doubts, table
from tests.benchmarks.voices import Sound

_CALLS = 1000
_TRANSCODED_CALLS = 500
_RATIO = 4.0


async def relay(stage: Stage) -> Outcome:
    """μ-law both ways, all features on, and the same calls through a relay as one writes it first."""
    plain = await climb(stage, PLAIN)
    ours = await climb(stage, OURS)
    step = ours.at_delay_limit
    at = f"at {step.relay_use:.0%} of a core, {step.calls} calls"
    # By what a call costs, where both held the most: a relay that cannot be filled would be compared with one that is.
    ratio = plain.cost_ms / ours.cost_ms
    verdicts = (
        Verdict("calls per core, μ-law both ways", ours.calls_per_core, _CALLS, "calls", at_least=True, note=ours.note),
        Verdict("calls per core against the plain relay's", ratio, _RATIO, "times", at_least=True, note=plain.note),
        Verdict("added delay at 70 % of a core, p50", step.delay_ms(0.5), DELAY_P50_MS, "ms", note=at),
        Verdict("added delay at 70 % of a core, p99", step.delay_ms(0.99), DELAY_P99_MS, "ms", note=at),
    )
    return _outcome("relay", (plain, ours), verdicts, {"ratio": ratio})


async def codecs(stage: Stage) -> Outcome:
    """Telnyx callers whose audio has to be transcoded."""
    climbs = [await climb(stage, OURS, sound=sound, title=sound) for sound in (Sound.ALAW, Sound.L16)]
    verdicts = [
        Verdict(
            f"calls per core, {climbed.name} carrier",
            climbed.calls_per_core,
            _TRANSCODED_CALLS,
            "calls",
            at_least=True,
            note=climbed.note,
        )
        for climbed in climbs
    ]
    return _outcome("codecs", climbs, verdicts, {})


async def tls(stage: Stage) -> Outcome:
    """The session streams encrypted, as Kallglot's are."""
    return _outcome("tls", [await climb(stage, OURS, tls=True, title="tls")], (), {})


def _outcome(part: str, climbs: Sequence[Climb], verdicts: Sequence[Verdict], figures: dict[str, object]) -> Outcome:
    measured = {
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
    return Outcome(part, table(climbs), {**measured, **figures}, verdicts, problems, found)
