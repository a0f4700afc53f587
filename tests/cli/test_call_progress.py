import io

from rich.console import Console

from gateway.cli.call_progress import CallProgress
from gateway.simulator.report import CallEvent, EventKind

EVENTS = [
    CallEvent(EventKind.DOCUMENT, "POST http://gw/webhooks/twilio/voice: HTTP 200", 12, 0, 0),
    CallEvent(EventKind.VERB, f"Connect ws://gw/media/twilio/{'x' * 100}", 13, 0, 0),
    CallEvent(EventKind.PROGRESS, "0 ms queued", 500, 480, 0),
    CallEvent(EventKind.FIRST_AUDIO, "", 2000, 1980, 0),
    CallEvent(EventKind.PROGRESS, "0 ms queued", 5100, 5080, 1200),
]


def shown(*, on_terminal: bool) -> str:
    out = io.StringIO()
    with CallProgress(Console(file=out, force_terminal=on_terminal, width=120)) as progress:
        for event in EVENTS:
            progress.tell(event)
    return out.getvalue()


def test_plain_lines_where_nothing_can_move() -> None:
    """One for what happened, one now and then for a call that goes on."""
    first, verb, *rest = shown(on_terminal=False).splitlines()

    assert first == "  0.01 s  document: POST http://gw/webhooks/twilio/voice: HTTP 200"
    assert rest == ["  2.00 s  first audio", "  5.10 s  sent 5.1 s, heard 1.2 s"]
    assert verb.startswith("  0.01 s  verb: Connect")


def test_no_ticket_is_shown_whole() -> None:
    """Whoever has it may speak for the caller."""
    assert "x" * 100 not in shown(on_terminal=False)


def test_a_terminal_has_a_moving_line() -> None:
    """It says how far the call is, and is gone in the end."""
    assert "sent 0.5 s, heard 0.0 s" in shown(on_terminal=True)
    assert shown(on_terminal=True).rstrip().endswith("\x1b[?25h\r\x1b[1A\x1b[2K")
