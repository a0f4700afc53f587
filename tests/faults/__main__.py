"""Runs a load with every fault that a carrier can have: no call is lost, and each fault shows in the metrics.

    uv run python -m tests.faults [--calls 20] [--seconds 10] [--only WORD] [--json FILE] [--keep FOLDER]

README.md beside this says what each fault is and where it shows.
"""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from tests.faults.patterns import PATTERNS
from tests.faults.report import as_json, table
from tests.faults.run import Scale, play


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and report; 1 where anything does not hold."""
    options = _options(arguments)
    patterns = [pattern for pattern in PATTERNS if options.only in pattern.name]
    scale = Scale(options.calls, options.seconds)
    with TemporaryDirectory() as temporary:
        found, failures = uvloop.run(play(patterns, scale, options.keep or Path(temporary)))
    if options.json is not None:
        options.json.write_text(json.dumps(as_json(found, failures), indent=2) + "\n")
    sys.stdout.write(table(found, failures) + "\n")
    return 1 if failures or any(each.problems for each in found) else 0


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(prog="python -m tests.faults", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=20, help="at once in each load (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each load (default: %(default)s)")
    parser.add_argument("--only", default="", metavar="WORD", help="the faults whose name has it in it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="an empty folder for the processes' logs")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
