"""The short form: few calls through every fault, in one world. README.md says how to run the full one."""

from pathlib import Path

import uvloop

from tests.chaos.__main__ import play
from tests.chaos.report import table
from tests.chaos.scenarios import SCENARIOS, Scale

SHORT = Scale(calls=12, leaving=4, replicas=2, kallglot_down_s=2.0, drain_deadline_s=2.0)


def test_no_fault_ends_a_call_or_leaves_a_session_open(tmp_path: Path) -> None:
    """Replicas, Kallglot, store and network fail one after the other: callers hear on, and nothing is left behind."""
    scenarios = [scenario for scenario in SCENARIOS if not scenario.only_in_full]
    # A loop of its own, the one that the gateway runs on: asyncio's would be a slow balancer.
    found = uvloop.run(play(scenarios, SHORT, tmp_path))
    # Beside other tests the machine may have more to do than it can; who is heard again is then all that counts.
    assert not any(findings.failures(forgiving=True) for findings in found), table(found)
