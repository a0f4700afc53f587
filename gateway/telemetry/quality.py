"""How good one direction of a call was, from what was counted on it. Sans-I/O.

A media stream is a WebSocket, and a WebSocket is TCP. What is lost between carrier and gateway is sent again, so it can
be seen here only as jitter, stalls and delay, never as loss. What the caller's own leg lost before it came to the
carrier is seen only where the carrier leaves a hole in its timestamps, and goes on soon: after a stall, numbers that go
on tell of a carrier that sends no silence. Where it conceals the loss, or what it does with the audio after we sent it,
cannot be seen at all. So R and MOS are an upper bound: of the part that passes us.
"""

from dataclasses import dataclass

from gateway.calls import Direction
from gateway.telemetry import emodel
from gateway.telemetry.counts import CallCounts, DropReason

_FRAME_MS = 20
_FRAMES_PER_PIECE = 5
"""Audio for the caller waits in pieces of 100 ms; one that found no room is so many frames."""
_BUFFERED_JITTERS = 2
"""Whoever plays the audio has to hold back about twice the mean deviation: a rule of thumb, not of G.107."""


@dataclass(frozen=True, slots=True)
class Quality:
    """One direction of one call, as far as a gateway can tell."""

    direction: Direction
    frames: int
    """That there should have been, 20 ms each."""
    lost: int
    """Of them: missing, or not there in time."""
    bursts: int
    """Runs of lost frames."""
    reordered: int = 0
    duplicates: int = 0
    late: int = 0
    stalls: int = 0
    concealed_ms: int = 0
    underruns: int = 0
    jitter_ms: float = 0.0
    delay_ms: int = 0
    """One way, as far as it is known."""

    @property
    def loss_percent(self) -> float:
        """Ppl."""
        return 100 * self.lost / self.frames if self.frames else 0.0

    @property
    def burst_ratio(self) -> float:
        """BurstR: the mean run of lost frames over what it would be if each were lost by chance; at least 1."""
        if not self.lost:
            return 1.0
        # By chance a run has 1 / (1 - p) frames (G.107 §7.5).
        return max(1.0, self.lost / max(1, self.bursts) * (1 - self.lost / self.frames))

    @property
    def r_factor(self) -> float | None:
        """The E-model's rating, or None where there was nothing to hear."""
        if not self.frames:
            return None
        delay_ms = self.delay_ms + _BUFFERED_JITTERS * self.jitter_ms
        return emodel.r_factor(self.loss_percent, burst_ratio=self.burst_ratio, delay_ms=delay_ms)

    @property
    def mos(self) -> float | None:
        """The E-model's mean opinion score, or None where there was nothing to hear."""
        r = self.r_factor
        return None if r is None else emodel.mos(r)


def of_caller(counts: CallCounts, *, heard_ms: int, bursts: int, jitter_ms: float, delay_ms: int) -> Quality:
    """What Kallglot hears of the caller; `heard_ms` is all of it, with the silence where something is missing.

    Not the carrier's messages are counted, as not all of them hold 20 ms.
    """
    frames = -(-heard_ms // _FRAME_MS)
    return Quality(
        direction=Direction.IN,
        frames=frames,
        lost=min(counts.gap_frames, frames),
        bursts=bursts,
        reordered=counts.reordered,
        duplicates=counts.duplicates,
        late=counts.late,
        stalls=counts.stalls,
        concealed_ms=counts.concealed_ms,
        jitter_ms=jitter_ms,
        delay_ms=delay_ms,
    )


def of_kallglot(counts: CallCounts, *, said_ms: int, delay_ms: int) -> Quality:
    """What the caller hears of Kallglot; `said_ms` is the audio that went to the carrier, in whatever codec.

    How long the carrier had nothing to play after an underrun nobody tells us; each is taken for one frame, the least.
    """
    pieces = counts.dropped[Direction.OUT, DropReason.QUEUE_FULL]
    lost = counts.underruns + pieces * _FRAMES_PER_PIECE
    return Quality(
        direction=Direction.OUT,
        frames=-(-said_ms // _FRAME_MS) + lost,
        lost=lost,
        bursts=counts.underruns + pieces,
        underruns=counts.underruns,
        delay_ms=delay_ms,
    )
