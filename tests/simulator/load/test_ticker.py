from gateway.simulator.load.tally import Figure, Tally
from gateway.simulator.load.ticker import Ticker

MS = 1_000_000


class Someone:
    def __init__(self) -> None:
        self.said = 0

    def speak(self, now_ms: int) -> None:
        self.said += 1


def test_everybody_speaks_once_a_turn() -> None:
    """Twenty milliseconds each, at a place of their own."""
    ticker, speakers = Ticker(Tally()), [Someone() for _ in range(30)]
    for speaker in speakers:
        ticker.join(speaker)
    ticker.turn(19 * MS)
    assert {speaker.said for speaker in speakers} == {1}
    ticker.turn(24 * MS)
    assert sum(speaker.said for speaker in speakers) == 30 + 10
    ticker.leave(speakers[0])
    ticker.turn(59 * MS)
    assert {speaker.said for speaker in speakers[1:]} == {3}
    assert speakers[0].said == 2


def test_lateness_never_adds_up() -> None:
    """A loop that slept for a second says all of it, and how late it was."""
    tally = Tally()
    ticker, speaker = Ticker(tally), Someone()
    ticker.join(speaker)
    ticker.turn(999 * MS)
    assert speaker.said == 50
    assert round(tally.spreads[Figure.LATENESS].most) == 999
