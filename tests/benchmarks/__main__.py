"""The benchmark: every number that is to hold, measured in one run, each part with a table, all of it in JSON.

    uv run python -m tests.benchmarks [--only relay,codecs,…] [--minutes 20] [--short] [--json FILE]

README.md beside this says how it is measured and how to read it.
"""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from tests.benchmarks import capacity, clears, flat, memory, profile, soak, webhooks
from tests.benchmarks.cpu import choose_cores, pin
from tests.benchmarks.outcome import Outcome
from tests.benchmarks.stage import Stage

_PARTS: Mapping[str, Callable[[Stage], Awaitable[Outcome]]] = {
    "relay": capacity.relay,
    "codecs": capacity.codecs,
    "tls": capacity.tls,
    "webhooks": webhooks.run,
    "clears": clears.run,
    "memory": memory.run,
    "flat": flat.run,
    "soak": soak.run,
    "profile": profile.run,
}
_SHOWN = 10
"""Of a part's problems; all of them are in the JSON."""
_ELSEWHERE = "elsewhere      a call carried over a killed replica: uv run python -m tests.chaos"


async def play(stage: Stage, parts: Sequence[str]) -> list[Outcome]:
    """One part after the other; each has a relay's process of its own."""
    outcomes = []
    for number, name in enumerate(parts, 1):
        stage.say(f"part {number} of {len(parts)}: {name}")
        outcome = await _PARTS[name](stage)
        sys.stdout.write(f"\n{name}\n{outcome.table}\n")
        sys.stdout.flush()
        outcomes.append(outcome)
    return outcomes


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; 1 where a limit does not hold or audio was lost."""
    options = _options(arguments)
    cores = choose_cores()
    if cores.are_shared:
        sys.stderr.write("doubtful: relay and generator share one core\n")
    pin(cores.rest)
    with TemporaryDirectory() as folder:
        outcomes = uvloop.run(
            play(Stage(cores, Path(folder), short=options.short, minutes=options.minutes), options.only)
        )
    if options.json is not None:
        options.json.write_text(json.dumps(as_json(outcomes), indent=2, ensure_ascii=False) + "\n")
    sys.stdout.write("\n" + "\n".join(closing(outcomes)) + "\n")
    verdicts = [verdict for outcome in outcomes for verdict in outcome.verdicts]
    lost = any(outcome.problems for outcome in outcomes)
    return 1 if lost or not (options.short or all(verdict.holds for verdict in verdicts)) else 0


def closing(outcomes: Sequence[Outcome]) -> list[str]:
    """One line for each limit, one for each thing that went wrong."""
    return [
        *(verdict.line() for outcome in outcomes for verdict in outcome.verdicts),
        _ELSEWHERE,
        *(f"doubtful       {outcome.part}: {doubt}" for outcome in outcomes for doubt in outcome.doubts),
        *(f"failed         {outcome.part}: {problem}" for outcome in outcomes for problem in _first(outcome.problems)),
    ]


def _first(problems: Sequence[str]) -> list[str]:
    """A relay that fails one call fails many alike."""
    more = len(problems) - _SHOWN
    return [*problems[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]


def as_json(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """All figures, by part."""
    return {
        outcome.part: {
            "figures": outcome.figures,
            "verdicts": [
                {
                    "limit": verdict.limit,
                    "figure": verdict.figure,
                    "at_least" if verdict.at_least else "at_most": verdict.bound,
                    "unit": verdict.unit,
                    "holds": verdict.holds,
                    "note": verdict.note,
                }
                for verdict in outcome.verdicts
            ],
            "doubts": list(outcome.doubts),
            "problems": list(outcome.problems),
        }
        for outcome in outcomes
    }


def _parts(value: str) -> list[str]:
    wanted = value.split(",")
    unknown = [name for name in wanted if name not in _PARTS]
    if unknown:
        raise ArgumentTypeError(f"parts are {', '.join(_PARTS)}, not {', '.join(unknown)}")
    return wanted


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(prog="python -m tests.benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--only", type=_parts, default=list(_PARTS), metavar="PART,…", help=f"of {', '.join(_PARTS)} (default: all)"
    )
    parser.add_argument("--minutes", type=float, default=2, help="of the soak (default: %(default)s; in full: 20)")
    parser.add_argument("--short", action="store_true", help="see that it works; what limits are held does not count")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
