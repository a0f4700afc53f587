import io

from rich.console import Console

from gateway.demo.glimpse import Glimpse
from gateway.demo.live import LineDisplay, MovingDisplay, display_on, draw, line

SPEAKING = Glimpse("Twilio PCMU", "streaming", 3.04, 0.5, 0.0, "[2.9 s of speech]")


def test_a_line_tells_how_a_call_is_going() -> None:
    """For whoever reads a build's output."""
    assert line(SPEAKING) == (
        "Twilio PCMU    3.0 s  streaming   caller ▮▮▮▮▮▯▯▯▯▯  Kallglot ▯▯▯▯▯▯▯▯▯▯  [2.9 s of speech]"
    )


def test_a_terminal_shows_the_same() -> None:
    """The transcript's brackets are no markup."""
    out = io.StringIO()
    Console(file=out, width=100).print(draw([SPEAKING]))

    assert out.getvalue().split() == line(SPEAKING).split()


def test_only_a_terminal_is_drawn_on() -> None:
    """A file would be filled with cursor movements."""
    assert isinstance(display_on(Console(file=io.StringIO())), LineDisplay)
    assert isinstance(display_on(Console(file=io.StringIO(), force_terminal=True)), MovingDisplay)
