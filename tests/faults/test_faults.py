"""The short form: few calls of both carriers through every fault. README.md says how to run the full one."""

from collections.abc import Sequence
from pathlib import Path

import uvloop

from gateway.simulator.fault_specs import FaultName
from tests.faults.patterns import PATTERNS, Pattern
from tests.faults.report import table
from tests.faults.run import Scale, play

SHORT = Scale(calls=4, seconds=3.0, is_apart=False)


TRIES = 3
"""What a machine that stood still has made doubtful is played again; a second such moment is no answer either."""


def test_no_fault_of_a_carriers_ends_a_call_or_stays_unseen(tmp_path: Path) -> None:
    """Callers are heard and hear to the end, and an operator sees in the metrics what the carrier does."""
    patterns: Sequence[Pattern] = PATTERNS
    report = ""
    for attempt in range(TRIES):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        # A loop of its own, as the gateways have: pytest's would be slower.
        found, failures = uvloop.run(play(patterns, SHORT, folder))
        report = table(found, failures)
        assert not failures
        assert not any(findings.problems and not findings.doubts for findings in found), report
        doubtful = {findings.fault for findings in found if findings.problems}
        patterns = [pattern for pattern in patterns if pattern.name in doubtful]
        if not patterns:
            return
    raise AssertionError(report)


def test_every_fault_is_tried() -> None:
    """One that the simulator learns has to be shown in a metric."""
    assert [pattern.name for pattern in PATTERNS] == list(FaultName)
