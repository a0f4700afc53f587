"""The demo's last words: a table, and which checks hold."""

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.table import Table

from gateway.demo.checks import Check, Outcome
from gateway.demo.delays import Delays
from gateway.telemetry.metrics import Stage

_ROWS: Sequence[tuple[str, Callable[[Outcome], str]]] = (
    ("frames from the carrier, 20 ms each", lambda call: str(call.frames_in)),
    ("frames to the carrier, up to 100 ms", lambda call: str(call.frames_out)),
    ("frames missing, dropped", lambda call: f"{call.gap_frames}, {sum(call.dropped.values())}"),
    ("added delay to Kallglot, p50 / p99", lambda call: _delays(call.uplink)),
    ("added delay to the caller, p50 / p99", lambda call: _delays(call.downlink)),
    ("play-out ran dry", lambda call: f"{call.underruns} ×"),
    ("speech sent", lambda call: f"{call.spoken_s:.1f} s"),
    ("speech heard back", lambda call: f"{call.heard_s:.1f} s"),
    ("likeness at Kallglot", lambda call: f"{call.kallglot_likeness:.3f}"),
    ("likeness at the caller", lambda call: f"{call.caller_likeness:.3f}"),
    ("session ended at Kallglot", lambda call: "yes" if call.session_ended else "no"),
)


def print_report(console: Console, outcomes: Sequence[Outcome], checks: Sequence[Check]) -> None:
    """Print what was measured, where the recordings are, and what does not hold."""
    console.print(_table(outcomes))
    _say(
        console,
        "Delays: beyond collecting a message, and with the far ends' own turns in them.",
        style="dim",
    )
    for call in outcomes:
        _say(console, f"{call.carrier.title()} caller heard:    {call.caller_wav}")
        _say(console, f"{call.carrier.title()}, Kallglot heard: {call.kallglot_wav}")
    wrong = [check.wrong for check in checks if not check.holds]
    for reason in wrong:
        _say(console, f"FAILED  {reason}", style="red")
    if not wrong:
        _say(console, f"All {len(checks)} checks hold.", style="green")


def _table(outcomes: Sequence[Outcome]) -> Table:
    table = Table()
    table.add_column()
    for call in outcomes:
        table.add_column(f"{call.carrier.title()} {call.codec}", justify="right")
    for stage in Stage:
        note = " (mean of all)" if stage is Stage.SESSION_CREATE else ""
        table.add_row(f"set-up: {stage}{note}", *(_stage(call, stage) for call in outcomes))
    for name, cell in _ROWS:
        table.add_row(name, *(cell(call) for call in outcomes))
    return table


def _stage(call: Outcome, stage: Stage) -> str:
    return f"{call.setup_ms[stage]:.0f} ms" if stage in call.setup_ms else "never"


def _delays(delays: Delays | None) -> str:
    return f"{delays.p50_ms:.1f} / {delays.p99_ms:.1f} ms" if delays is not None else "nothing arrived"


def _say(console: Console, text: str, style: str | None = None) -> None:
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
