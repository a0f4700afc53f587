"""What a run came to: a table for people, JSON for scripts. Sans-I/O."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tests.chaos.findings import Findings

_HEAD = (
    "scenario                 calls  left  resumed  resumes  audio p50   p99    max  limit ms  silence max"
    "  dropped  fed twice  open  ledger  settled s   busy"
)


def table(findings: Sequence[Findings]) -> str:
    """One line a scenario, and every problem below."""
    lines = [_HEAD, *map(_line, findings)]
    lines += [
        f"doubtful: {found.scenario}: the machine was {found.busy:.0%} busy, its milliseconds are not the gateway's"
        for found in findings
        if found.is_doubtful
    ]
    lines += [f"failed: {found.scenario}: {problem}" for found in findings for problem in found.failures()]
    return "\n".join(lines)


def as_json(findings: Sequence[Findings]) -> list[dict[str, Any]]:
    """The same, and each single wait."""
    return [asdict(found) for found in findings]


def _line(found: Findings) -> str:
    return (
        f"{found.scenario:<24} {found.calls:>5} {found.left:>5} {found.resumed:>8} {found.resumes:>8}"
        f" {found.percentile_ms(0.5):>10} {found.percentile_ms(0.99):>5} {found.percentile_ms(1.0):>6}"
        f" {found.limit_ms:>9} {found.silence_ms:>12} {found.dropped:>8} {found.fed_twice:>10}"
        f" {found.open_sessions:>5} {found.ledger_size:>7} {found.settled_s:>10.1f} {found.busy:>6.0%}"
    )
