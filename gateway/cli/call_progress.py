"""Shows one simulated call while it is on: a moving line on a terminal, plain lines elsewhere."""

import textwrap

from rich.console import Console
from rich.live import Live
from rich.text import Text

from gateway.simulator.report import CallEvent, EventKind

_EVERY_MS = 5_000
"""Without a terminal: between two lines that say only that the call goes on."""

_WIDTH = 90
"""Of what happened: the URL of a media socket is longer, and the rest of it is its ticket."""


class CallProgress:
    """Is told what happens; use as a context."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
        self._told_ms = 0

    def __enter__(self) -> "CallProgress":
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def tell(self, event: CallEvent) -> None:
        """Something has just happened."""
        if event.kind is not EventKind.PROGRESS:
            words = f"{event.kind.replace('_', ' ')}: {event.detail}".removesuffix(": ")
            self._print(f"{event.at_ms / 1000:6.2f} s  {textwrap.shorten(words, _WIDTH, placeholder='…')}")
        elif self._live is None and event.at_ms - self._told_ms >= _EVERY_MS:
            self._told_ms = event.at_ms
            self._print(_state(event))
        if self._live is not None:
            self._live.update(Text(_state(event), style="bold"), refresh=True)

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def _state(event: CallEvent) -> str:
    return f"{event.at_ms / 1000:6.2f} s  sent {event.sent_ms / 1000:.1f} s, heard {event.heard_ms / 1000:.1f} s"
