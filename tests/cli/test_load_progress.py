import io

from rich.console import Console

from gateway.cli.load_progress import LoadProgress
from gateway.simulator.load.result import Result
from gateway.simulator.load.tally import Count, Figure, Tally


def told(*, terminal: bool) -> str:
    """What is shown of six seconds of two calls."""
    file, result = io.StringIO(), Result("", 1)
    console = Console(file=file, force_terminal=terminal, width=200)
    with LoadProgress(console, 6) as progress:
        for second in range(6):
            tally = Tally()
            tally.active = 2
            tally.counts[Count.STARTED] = 1
            tally.spreads[Figure.SETUP].add(40)
            result.add(tally.take(second, 0.25))
            progress.tell(result)
    return file.getvalue()


def test_without_a_terminal_a_line_comes_now_and_then() -> None:
    """Every five seconds, and no control characters."""
    [line] = told(terminal=False).splitlines()
    assert line.startswith("second 5 of 6, calls 2, placed 5, lost 0, refused 0, set-up p99 39.9 ms")
    assert "generator 25% of a core" in line


def test_a_terminal_shows_each_second() -> None:
    """In one place."""
    shown = told(terminal=True)
    assert "6 of 6" in shown
    assert "\x1b" in shown
