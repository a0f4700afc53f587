"""How loud each second of a direction was, and whether somebody spoke. Sans-I/O.

Fed with pieces of about 100 ms of μ-law at 8 kHz, of which one sample in 23 is kept until the second is over. The power
of speech, noise and tones is the same in those, to a decibel in 200 ms. Of the pieces themselves only the loudest is
kept: sixteen kilobytes a call and second would push everything else out of the caches, and cost more than all the rest.
"""

import audioop
import math
from collections.abc import Sequence

from msgspec import Struct

__all__ = ["SILENT_DBOV", "LevelMeter", "Samples", "Sound", "dbov", "loudness"]

SILENT_DBOV = -127
"""Digital silence, and the least that is told (RFC 6464 §3)."""

_STRIDE = 23
"""Divides no period of a telephone's tones, so that none of them is always caught at the same place."""
_BLOCK = 70
"""Samples looked at in 200 ms."""
_SPECIMEN_BYTES = 800
_WIDTH = 2
_FULL_SCALE = 32768
_BYTES_PER_MS = 8
_QUIETEST_FLOOR = 41
"""-58 dBov. A line that is quieter than this is taken to be as loud: speech begins four times above the floor."""
_SPEECH_TO_FLOOR = 4
"""12 dB. Speech is some 20 dB and more above the noise of its line (-26 dBov nominally, ITU-T G.100.1)."""
_CLIPPING_RMS = 2_000
"""Of 200 ms: quieter ones cannot have even one sample in a hundred at the end of the scale."""
_ENDS = (0x00, 0x80)
"""μ-law's two ends of the scale (ITU-T G.711): samples that did not fit in between come out as these."""


try:
    from gateway.telemetry._levels import Samples, loudness
except ImportError:

    class Samples:  # type: ignore[no-redef]
        """One sample in so many, of audio that comes in pieces."""

        __slots__ = ("_kept", "_skipped", "_stride")

        def __init__(self, stride: int) -> None:
            self._stride = stride
            self._kept = bytearray()
            self._skipped = 0
            """Samples of the next piece before one is due."""

        def add(self, ulaw: bytes) -> None:
            """Some more audio."""
            self._kept += ulaw[self._skipped :: self._stride]
            self._skipped = (self._skipped - len(ulaw)) % self._stride

        def take(self) -> bytes:
            """What was kept, to begin anew."""
            kept, self._kept, self._skipped = self._kept, bytearray(), 0
            return bytes(kept)

    def loudness(samples: bytes, block: int) -> tuple[int, list[int]]:
        """The RMS of some samples, and of each block of them; the last counts if it is longer than half of one."""
        linear = audioop.ulaw2lin(samples, _WIDTH)
        size = block * _WIDTH
        end = max(1, len(linear) - size // 2)
        blocks = [audioop.rms(linear[start : start + size], _WIDTH) for start in range(0, end, size)]
        return audioop.rms(linear, _WIDTH), blocks


class Sound(Struct, frozen=True, gc=False):  # a Struct, as one is made each second and direction
    """What one direction sounded like for about a second. Loudness is RMS of 16-bit samples."""

    audio_ms: int = 0
    """Audio there was, silence included."""
    speech_ms: int = 0
    """Of it: well above the noise."""
    rms: int = 0
    loudest: int = 0
    """Of its 200 ms."""
    quietest: int = 0
    clipped_share: float = 0.0
    """Of its samples, at either end of the scale."""
    loudest_ulaw: bytes = b""
    """The first 100 ms of the loudest piece, where it was kept."""

    @property
    def dbov(self) -> int | None:
        """The level, -127 to 0, against the overload point; None where there was no audio."""
        return dbov(self.rms) if self.audio_ms else None


def dbov(rms: int) -> int:
    """An RMS of 16-bit samples in dB against a square wave of full scale, as RFC 6464 counts."""
    return max(SILENT_DBOV, round(20 * math.log10(rms / _FULL_SCALE))) if rms else SILENT_DBOV


class LevelMeter:
    """Listens to one direction."""

    __slots__ = ("_audio_bytes", "_floor", "_loudest", "_samples", "_specimen", "keeps_specimen")

    def __init__(self) -> None:
        self.keeps_specimen = True
        """Somebody wants to hear the loudest piece."""
        self._audio_bytes = 0
        self._samples = Samples(_STRIDE)
        self._loudest = -1
        """Of the pieces."""
        self._specimen = b""
        """That piece."""
        self._floor = _QUIETEST_FLOOR
        """How loud the line is when nobody speaks."""

    @property
    def audio_ms(self) -> int:
        """Audio since the last second was taken."""
        return self._audio_bytes // _BYTES_PER_MS

    def feed(self, ulaw: bytes) -> None:
        """Some more audio."""
        self._samples.add(ulaw)
        self._audio_bytes += len(ulaw)
        if self.keeps_specimen:
            rms = audioop.rms(audioop.ulaw2lin(ulaw[::_STRIDE], _WIDTH), _WIDTH)
            if rms > self._loudest:
                self._loudest, self._specimen = rms, ulaw

    def take(self) -> Sound:
        """What was heard since this was last asked, which was about a second ago."""
        samples = self._samples.take()
        if not samples:
            return Sound()
        audio_ms, specimen = self.audio_ms, self._specimen
        self._audio_bytes, self._loudest, self._specimen = 0, -1, b""
        rms, blocks = loudness(samples, _BLOCK)
        loudest = max(blocks)
        return Sound(
            audio_ms,
            self._speech_blocks(blocks) * audio_ms // len(blocks),
            rms,
            loudest,
            min(blocks),
            sum(map(samples.count, _ENDS)) / len(samples) if loudest >= _CLIPPING_RMS else 0.0,
            specimen[:_SPECIMEN_BYTES],
        )

    def _speech_blocks(self, blocks: Sequence[int]) -> int:
        floor = self._floor
        count = 0
        for rms in blocks:
            # Down at once, up by a hundredth each time: words do not lift it, a fan that was switched on does.
            if rms < floor:
                floor = max(rms, _QUIETEST_FLOOR)
                continue
            if rms > _SPEECH_TO_FLOOR * floor:
                count += 1
            floor += (floor >> 7) + 1
        self._floor = floor
        return count
