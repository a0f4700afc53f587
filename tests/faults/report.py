"""What the loads came to: a table for people, JSON for scripts. Sans-I/O."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tests.faults.findings import Findings

_HEAD = "fault           carriers        calls  lost  heard  resumed  with  clean  shows in"


def table(findings: Sequence[Findings], failures: Sequence[str]) -> str:
    """A line for each metric of each load, and every problem below."""
    lines = [_HEAD]
    for found in findings:
        for place, seen in enumerate(found.seen):
            before = _load(found) if place == 0 else ""
            lines.append(f"{before:<63}  {seen.grown:>4.4g}  {seen.clean:>5.4g}  {seen.metric}")
    for found in findings:
        name = f"{found.fault} ({' and '.join(found.carriers)})"
        lines += [f"failed: {name}: {problem}" for problem in found.problems]
        lines += [f"doubtful: {name}: {doubt}" for doubt in found.doubts]
    lines += [f"failed: {failure}" for failure in failures]
    return "\n".join(lines)


def as_json(findings: Sequence[Findings], failures: Sequence[str]) -> dict[str, Any]:
    """The same."""
    return {"loads": [asdict(found) for found in findings], "failures": list(failures)}


def _load(found: Findings) -> str:
    return (
        f"{found.fault:<15} {' '.join(found.carriers):<14} {found.calls:>6} {found.lost:>5} {found.heard:>6}"
        f" {found.resumed:>8}"
    )
