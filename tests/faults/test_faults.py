"""The short form: few calls of both carriers through every fault. README.md says how to run the full one."""

from pathlib import Path

import uvloop

from gateway.simulator.fault_specs import FaultName
from tests.faults.patterns import PATTERNS
from tests.faults.report import table
from tests.faults.run import Scale, play

SHORT = Scale(calls=4, seconds=3.0, is_apart=False)


def test_no_fault_of_a_carriers_ends_a_call_or_stays_unseen(tmp_path: Path) -> None:
    """Callers are heard and hear to the end, and an operator sees in the metrics what the carrier does."""
    # A loop of its own, as the gateways have: pytest's would be slower.
    found, failures = uvloop.run(play(PATTERNS, SHORT, tmp_path))
    assert not failures
    assert not any(findings.problems for findings in found), table(found, failures)


def test_every_fault_is_tried() -> None:
    """One that the simulator learns has to be shown in a metric."""
    assert [pattern.name for pattern in PATTERNS] == list(FaultName)
