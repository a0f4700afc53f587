"""How many calls one core carries: our gateway against a plain relay, μ-law passed through, in one run.

    uv run python -m tests.benchmarks.relay [--fill 0.5 | --calls N] [--seconds 10] [--rounds 3] [--json FILE]

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
from tests.benchmarks.far_end import FarEnd, run_far_end
from tests.benchmarks.load import Round, run_round
from tests.benchmarks.processes import Relay, run_relay
from tests.benchmarks.report import BARE, OURS, PLAIN, UNHEARD, as_json, doubts, ratio, table

_PROBE_CALLS = 40
_PROBE_S = 3.0
_PROBES = 3
_GENERATOR_USE = 0.55
"""Of its core; a generator that is busier is late, and frames that come in bunches are cheap to relay."""

_MODULES = {
    PLAIN: "tests.benchmarks.plain",
    BARE: "tests.benchmarks.bare",
    UNHEARD: "tests.benchmarks.unheard",
    OURS: "tests.benchmarks.ours",
}


async def measure(options: Namespace, folder: Path) -> list[Round]:
    """Both relays, turn by turn, so that whatever else the machine does meets both."""
    cores = choose_cores()
    pin(cores.rest)
    rounds = []
    async with AsyncExitStack() as stack:
        far_end = await stack.enter_async_context(run_far_end())
        relays = [
            await stack.enter_async_context(run_relay(name, _MODULES[name], cores.relay, far_end.base_url, folder))
            for name in (options.other, OURS)
        ]
        calls_of = {relay.name: options.calls or await _enough(relay, far_end, options.fill) for relay in relays}
        for number in range(2 * options.rounds):
            relay = relays[number % 2]
            calls = calls_of[relay.name]
            _say(f"round {number + 1} of {2 * options.rounds}: {relay.name}, {calls} calls")
            rounds.append(await run_round(relay, far_end, calls, options.seconds))
    return rounds


async def _enough(relay: Relay, far_end: FarEnd, fill: float) -> int:
    """How many calls use so much of the relay's core: a call among many costs less than a call among few."""
    calls = _PROBE_CALLS
    for _ in range(_PROBES):
        probe = await run_round(relay, far_end, calls, _PROBE_S)
        generator_limit = _GENERATOR_USE / max(probe.generator_use, 0.01)
        calls = max(1, int(calls * min(fill / max(probe.relay_use, 0.01), generator_limit)))
        _say(f"{relay.name}: {probe.calls} calls use {probe.relay_use:.0%} of the core")
    return calls


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
    parser.add_argument("--fill", type=float, default=0.5, help="how much of its core a relay uses (%(default)s)")
    parser.add_argument("--calls", type=int, help="at once, instead of as many as fill the core")
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="for each relay (default: %(default)s)")
    parser.add_argument("--at-least", type=float, default=0, metavar="RATIO", help="exit with 1 below this ratio")
    other = parser.add_mutually_exclusive_group()
    other.add_argument(
        "--quality",
        dest="other",
        action="store_const",
        const=UNHEARD,
        default=PLAIN,
        help="compare with `telemetry.quality = false` instead",
    )
    other.add_argument(
        "--bare",
        dest="other",
        action="store_const",
        const=BARE,
        help="compare with the least that a relay can do instead",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    return parser.parse_args(arguments)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    raise SystemExit(main())
