"""Breaks everything around live calls, once, and looks at what becomes of them.

    uv run python -m tests.chaos [--calls 50] [--only WORD] [--json FILE] [--keep FOLDER]

README.md beside this says what is done and how to read the table.
"""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from tests.chaos.findings import Findings
from tests.chaos.report import as_json, table
from tests.chaos.run import run_scenario
from tests.chaos.scenarios import KALLGLOT_DOWN_S, SCENARIOS, Scale, Scenario
from tests.chaos.world import open_world


async def play(scenarios: Sequence[Scenario], scale: Scale, folder: Path) -> list[Findings]:
    """Each scenario in the world that the one before has left."""
    found = []
    async with open_world(folder, replicas=scale.replicas, deadline_s=scale.drain_deadline_s) as world:
        for scenario in scenarios:
            _say(f"{scenario.name}: {scale.calls} calls, {scale.leaving} more whose callers hang up meanwhile")
            found.append(await run_scenario(world, scenario, scale))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and report; 1 where anything does not hold."""
    options = _options(arguments)
    scenarios = [scenario for scenario in SCENARIOS if options.only in scenario.name]
    leaving = max(2, options.calls // 5)
    scale = Scale(options.calls, leaving, options.replicas, options.kallglot_down, untold=2)
    with TemporaryDirectory() as temporary:
        found = uvloop.run(play(scenarios, scale, options.keep or Path(temporary)))
    if options.json is not None:
        options.json.write_text(json.dumps(as_json(found), indent=2) + "\n")
    sys.stdout.write(table(found) + "\n")
    return 1 if any(findings.failures() for findings in found) else 0


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(prog="python -m tests.chaos", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=50, help="that go on through each fault (default: %(default)s)")
    parser.add_argument("--replicas", type=int, default=3, help="of the gateway (default: %(default)s)")
    parser.add_argument("--kallglot-down", type=float, default=KALLGLOT_DOWN_S, metavar="SECONDS")
    parser.add_argument("--only", default="", metavar="WORD", help="the scenarios whose name has it in it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="an empty folder for logs and the store's file")
    return parser.parse_args(arguments)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    raise SystemExit(main())
