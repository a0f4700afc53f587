"""How many calls one core carries: our gateway against a plain relay, μ-law passed through, in one run.

    uv run python -m tests.benchmarks.relay [--calls 100] [--seconds 10] [--rounds 3] [--json FILE]

README.md beside this says how it is measured and how to read it.
"""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from tests.benchmarks.cpu import choose_cores, pin
from tests.benchmarks.far_end import run_far_end
from tests.benchmarks.load import Round, run_round
from tests.benchmarks.processes import run_relay
from tests.benchmarks.report import OURS, PLAIN, as_json, doubts, ratio, table

_MODULES = {PLAIN: "tests.benchmarks.plain", OURS: "tests.benchmarks.ours"}


async def measure(options: Namespace, folder: Path) -> list[Round]:
    """Both relays, turn by turn, so that whatever else the machine does meets both."""
    cores = choose_cores()
    pin(cores.rest)
    rounds = []
    async with AsyncExitStack() as stack:
        far_end = await stack.enter_async_context(run_far_end())
        relays = [
            await stack.enter_async_context(run_relay(name, module, cores.relay, far_end.base_url, folder))
            for name, module in _MODULES.items()
        ]
        for number in range(2 * options.rounds):
            relay = relays[number % 2]
            calls = options.gateway_calls or options.calls if relay.name == OURS else options.calls
            _say(f"round {number + 1} of {2 * options.rounds}: {relay.name}, {calls} calls")
            rounds.append(await run_round(relay, far_end, calls, options.seconds))
    return rounds


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; 1 where a relay lost something or the ratio is below what was asked for."""
    options = _options(arguments)
    if choose_cores().are_shared:
        _say("doubtful: relay and generator share one core")
    with TemporaryDirectory() as folder:
        rounds = uvloop.run(measure(options, Path(folder)))
    if options.json is not None:
        options.json.write_text(json.dumps(as_json(rounds), indent=2) + "\n")
    sys.stdout.write(table(rounds) + "\n")
    for number, done in enumerate(rounds, 1):
        for doubt in doubts(done):
            _say(f"doubtful: round {number}, {done.relay}: {doubt}")
        for problem in done.problems:
            _say(f"failed: round {number}, {done.relay}: {problem}")
    lost = any(done.problems for done in rounds)
    return 1 if lost or ratio(rounds) < options.at_least else 0


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(prog="python -m tests.benchmarks.relay", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=100, help="at once (default: %(default)s)")
    parser.add_argument("--gateway-calls", type=int, metavar="CALLS", help="for the gateway (default: as many)")
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="for each relay (default: %(default)s)")
    parser.add_argument("--at-least", type=float, default=0, metavar="RATIO", help="exit with 1 below this ratio")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    return parser.parse_args(arguments)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    raise SystemExit(main())
