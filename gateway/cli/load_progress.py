"""Shows a load while it runs: a table on a terminal, a plain line now and then elsewhere."""

from rich.console import Console
from rich.live import Live
from rich.table import Table

from gateway.simulator.load.result import Result
from gateway.simulator.load.tally import Count, Figure

_EVERY_S = 5
"""Without a terminal: between two lines."""


class LoadProgress:
    """Is told each second; use as a context."""

    def __init__(self, console: Console, duration_s: float) -> None:
        self._console = console
        self._duration_s = duration_s
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None

    def __enter__(self) -> "LoadProgress":
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def tell(self, result: Result) -> None:
        """Another second is over."""
        seconds = len(result.seconds)
        cells = _cells(result, self._duration_s)
        if self._live is not None:
            table = Table.grid(padding=(0, 2))
            for name, value in cells.items():
                table.add_row(name, value)
            self._live.update(table, refresh=True)
        elif seconds % _EVERY_S == 0:
            line = ", ".join(f"{name} {value}" for name, value in cells.items())
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def _cells(result: Result, duration_s: float) -> dict[str, str]:
    latest = result.seconds[-2] if len(result.seconds) > 1 else result.second(0)
    busiest = max(second.busiest for second in result.seconds)
    return {
        "second": f"{len(result.seconds)} of {duration_s:g}",
        "calls": f"{latest.active}",
        "placed": f"{result.count(Count.STARTED)}",
        "lost": f"{result.count(Count.LOST)}",
        "refused": f"{result.count(Count.REFUSED)}",
        "set-up p99": _ms(result, Figure.SETUP),
        "added delay p99": _ms(result, Figure.ADDED),
        "generator": f"{busiest:.0%} of a core, late p99 {_ms(result, Figure.LATENESS)}",
    }


def _ms(result: Result, figure: Figure) -> str:
    value = result.spread(figure).quantile(0.99)
    return "-" if value is None else f"{value:.1f} ms"
