"""What callers sound like on the wire, and what should come of it at Kallglot's end."""

import random
from binascii import b2a_base64
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.audio.formats import PCMU_8K, AudioFormat, Encoding
from gateway.audio.transcode import Transcoder
from gateway.calls import Carrier
from tests.benchmarks.tally import FRAME_BYTES, frame

_POOL = 250


class Sound(StrEnum):
    """Which carrier, and which codec."""

    ULAW = "ulaw"
    """Twilio's: passed through."""
    ALAW = "alaw"
    """Telnyx, G.711's other law."""
    L16 = "l16"
    """Telnyx, 16 kHz linear: resampled."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One caller's."""

    carrier: Carrier
    format: AudioFormat
    frames: tuple[tuple[bytes, bytes], ...] = field(default=(), repr=False)
    """20 ms each, and the same in base64; empty for the frames of a μ-law tally."""

    def frame(self, number: int) -> tuple[bytes, bytes]:
        """20 ms of audio, and the same in base64."""
        return self.frames[number % _POOL] if self.frames else frame(number)

    def arriving(self) -> Callable[[bytes], bytes]:
        """For one call: what of each frame arrives, as our own codec turns it into μ-law."""
        return Transcoder(self.format, PCMU_8K).feed


def voice(sound: Sound) -> Voice:
    """Noise without a pause in it, the same every time."""
    match sound:
        case Sound.ULAW:
            return Voice(Carrier.TWILIO, PCMU_8K)
        case Sound.ALAW:
            return Voice(Carrier.TELNYX, AudioFormat(Encoding.PCMA), _noise(FRAME_BYTES))
        case Sound.L16:
            return Voice(Carrier.TELNYX, AudioFormat(Encoding.L16, 16_000), _noise(4 * FRAME_BYTES))


def _noise(size: int) -> tuple[tuple[bytes, bytes], ...]:
    noise = random.Random(size)  # noqa: S311 - the same noise every time
    pieces = (noise.randbytes(size) for _ in range(_POOL))
    return tuple((piece, b2a_base64(piece, newline=False)) for piece in pieces)
