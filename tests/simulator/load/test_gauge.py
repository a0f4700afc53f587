import pytest

from gateway.audio.formats import PCMU_8K
from gateway.simulator.load.gauge import Gauge
from gateway.simulator.load.probe import PERIOD_FRAMES, Probe
from gateway.simulator.load.tally import Count, Figure, Tally

PROBE = Probe(5, PCMU_8K)
CHUNK = 5
"""Frames that an echo waits for, as a gateway's 100 ms chunks do."""


class Echo:
    """Says frames, and hears them again in chunks after `delay_ms`."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.gauge = Gauge(PROBE.seeker(PCMU_8K, PCMU_8K), self.tally)
        self.frame = 0
        self.held = b""

    def go_on(
        self, frames: int, *, delay_ms: float = 0.0, lose: range = range(0), insert: bytes = b"", copies: int = 1
    ) -> None:
        for _ in range(frames):
            now_ns = self.frame * 20_000_000
            payload = PROBE.frames[self.frame % PERIOD_FRAMES]
            for copy in range(copies):
                self.gauge.left(self.frame, now_ns + 1_000_000 * copy)
            self.held += b"" if self.frame in lose else payload
            if (self.frame + 1) % CHUNK == 0:
                self.gauge.came(self.held + insert, now_ns + round(delay_ms * 1e6))
                self.held, insert = b"", b""
            self.frame += 1


def test_the_time_for_which_samples_wait_is_not_added_delay() -> None:
    """Three milliseconds on the way are three, however long the chunks are; there and back it is up to 80 more."""
    echo = Echo()
    echo.go_on(8 * PERIOD_FRAMES, delay_ms=3)
    added, back = echo.tally.spreads[Figure.ADDED], echo.tally.spreads[Figure.ROUND_TRIP]
    assert added.count > 50
    assert added.quantile(0) == pytest.approx(3, rel=0.02)
    assert added.most == pytest.approx(3, rel=0.02)
    assert back.quantile(0) == pytest.approx(3, rel=0.02)
    assert back.most == pytest.approx(83, rel=0.02)
    assert echo.tally.counts[Count.PROBES_FOUND] == 8
    assert echo.tally.counts[Count.PROBES_LOST] == 0


def test_a_delay_that_changes_is_seen() -> None:
    """And the bursts are uneven then."""
    echo = Echo()
    for number in range(40):
        echo.go_on(10, delay_ms=2 if number % 2 else 12)
    added = echo.tally.spreads[Figure.ADDED]
    assert added.quantile(0.05) == pytest.approx(2, rel=0.02)
    assert added.most == pytest.approx(12, rel=0.02)
    assert (echo.tally.spreads[Figure.JITTER].quantile(0.9) or 0) > 2


def test_audio_that_is_missing_is_counted() -> None:
    """Two frames that never came back, and ten milliseconds that nobody said."""
    echo = Echo()
    echo.go_on(2 * PERIOD_FRAMES, lose=range(70, 72))
    echo.go_on(PERIOD_FRAMES)
    assert (echo.tally.counts[Count.LOST_MS], echo.tally.counts[Count.INSERTED_MS]) == (40, 0)
    echo.go_on(PERIOD_FRAMES, insert=b"\xff" * 80)
    echo.go_on(PERIOD_FRAMES)
    assert (echo.tally.counts[Count.LOST_MS], echo.tally.counts[Count.INSERTED_MS]) == (40, 10)


def test_probes_that_never_come_back_are_lost() -> None:
    """All but those that may still be on their way."""
    echo = Echo()
    echo.go_on(5 * PERIOD_FRAMES, lose=range(10_000))
    assert echo.tally.counts[Count.PROBES_SENT] == 5
    assert (echo.tally.counts[Count.PROBES_FOUND], echo.tally.counts[Count.PROBES_LOST]) == (0, 3)
    assert echo.tally.spreads[Figure.ADDED].count == 0


def test_a_frame_that_is_sent_twice_is_one_probe() -> None:
    """The gateway drops the second: nothing was lost, and the delay counts from the first."""
    echo = Echo()
    echo.go_on(2 * PERIOD_FRAMES, delay_ms=3, copies=2)
    counts = echo.tally.counts
    assert (counts[Count.PROBES_SENT], counts[Count.PROBES_FOUND], counts[Count.PROBES_LOST]) == (2, 2, 0)
    assert counts[Count.FRAMES_SENT] == 4 * PERIOD_FRAMES
    assert echo.tally.spreads[Figure.ADDED].most == pytest.approx(3, rel=0.02)
