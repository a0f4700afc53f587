"""Shows the demo's calls while they are on: moving on a terminal, as plain lines elsewhere."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.text import Text

from gateway.demo.calls import DemoCall
from gateway.demo.glimpse import Glimpse, bar
from gateway.simulator.report import CallEvent, EventKind

_REFRESH_S = 0.25
"""Drawing takes its turns on the event loop that the calls are on: no more often than the eye needs."""
_LINE_EVERY_S = 1.0
_BAR_WIDTH = 10
_TOLD = frozenset(
    {
        EventKind.MEDIA_CONNECTED,
        EventKind.MEDIA_REFUSED,
        EventKind.FIRST_AUDIO,
        EventKind.COMPLAINT,
        EventKind.ENDED,
    }
)
"""What is worth a line."""


class Display(Protocol):
    """Follows calls."""

    def tell(self, call: DemoCall, event: CallEvent) -> None:
        """Something happened in a call."""
        ...

    async def follow(self, calls: Sequence[DemoCall]) -> None:
        """Show how they are going, until cancelled."""
        ...


def display_on(console: Console) -> Display:
    """The one that suits where the console writes to."""
    return MovingDisplay(console) if console.is_terminal else LineDisplay(console)


class MovingDisplay:
    """Redraws a few lines in place."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def tell(self, call: DemoCall, event: CallEvent) -> None:
        """Nothing to add: all that matters is drawn anyway, and what went wrong is in the report."""

    async def follow(self, calls: Sequence[DemoCall]) -> None:
        with Live(console=self._console, auto_refresh=False) as live:
            try:
                while True:
                    live.update(draw([call.glimpse() for call in calls]), refresh=True)
                    await asyncio.sleep(_REFRESH_S)
            finally:
                live.update(draw([call.glimpse() for call in calls]), refresh=True)


class LineDisplay:
    """Prints a line when something happened, and one a second for each call."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def tell(self, call: DemoCall, event: CallEvent) -> None:
        if event.kind in _TOLD:
            detail = "" if event.kind is EventKind.MEDIA_CONNECTED else event.detail  # a URL with a ticket in it
            words = ": ".join(filter(None, (event.kind.replace("_", " "), detail)))
            self._print(f"{call.title}  {event.at_ms / 1000:5.1f} s  {words}")

    async def follow(self, calls: Sequence[DemoCall]) -> None:
        while True:
            await asyncio.sleep(_LINE_EVERY_S)
            for call in calls:
                if not call.over:
                    self._print(line(call.glimpse()))

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def line(glimpse: Glimpse) -> str:
    """A call as a line of text."""
    return (
        f"{glimpse.title}  {glimpse.seconds:5.1f} s  {glimpse.state:<10}"
        f"  caller {bar(glimpse.spoken_level, _BAR_WIDTH)}  Kallglot {bar(glimpse.replied_level, _BAR_WIDTH)}"
        f"  {glimpse.transcript}"
    ).rstrip()


def draw(glimpses: Sequence[Glimpse]) -> Text:
    """The calls as they are drawn, two lines each."""
    drawn = Text()
    for glimpse in glimpses:
        drawn.append(glimpse.title, "bold")
        drawn.append(f"  {glimpse.seconds:4.1f} s  {glimpse.state:<10}  caller ")
        drawn.append(bar(glimpse.spoken_level, _BAR_WIDTH), "green")
        drawn.append("  Kallglot ")
        drawn.append(bar(glimpse.replied_level, _BAR_WIDTH), "cyan")
        drawn.append(f"\n{'':{len(glimpse.title)}}  {glimpse.transcript}\n", "dim")
    return drawn
