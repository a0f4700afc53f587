"""What the callers of a load say: a sound by which each recognises itself, and how it is found again. Sans-I/O.

A caller says the same second and a bit over and over: a burst of noise that no other caller makes, something like
speech, and silence. The burst is a pseudo-random sequence: correlated with itself it gives one sharp peak, and with any
other caller's nothing, so that finding it says when the sound came back and that it came to the right caller.
"""

import array
import functools
import random

from gateway.audio.formats import AudioFormat, Encoding
from gateway.simulator.load.seeker import Seeker
from gateway.simulator.speech import FRAME_MS, prepare, resample, sampled_rate_hz

MARKER_FRAMES = 3
PERIOD_FRAMES = 51
"""One more than fifty: so the burst falls on every place of a 100 ms chunk in turn."""
_MARKER_MS = MARKER_FRAMES * FRAME_MS
_SPEECH_MS = 600
_AMPLITUDE = 8_000
_SPEECH_AMPLITUDE = 1_500
_BASE_HZ = 8_000


def _noise(seed: str, ms: int, amplitude: int) -> bytes:
    dice = random.Random(seed)  # noqa: S311 - the same noise every time
    bits = dice.getrandbits(ms * _BASE_HZ // 1000)
    signs = (1 if bits >> place & 1 else -1 for place in range(ms * _BASE_HZ // 1000))
    return array.array("h", (amplitude * sign for sign in signs)).tobytes()


@functools.cache
def _speech() -> bytes:
    return _noise("speech", _SPEECH_MS, _SPEECH_AMPLITUDE)


class Probe:
    """One caller's sound in the codec of its leg."""

    def __init__(self, number: int, audio: AudioFormat) -> None:
        rate_hz = sampled_rate_hz(audio)
        self._marker = _noise(f"caller {number}", _MARKER_MS, _AMPLITUDE)
        silence = bytes(2 * _BASE_HZ * (PERIOD_FRAMES * FRAME_MS - _MARKER_MS - _SPEECH_MS) // 1000)
        period = resample(self._marker + _speech() + silence, _BASE_HZ, rate_hz)
        # The second of three periods: an encoder that remembers has settled by then.
        track = prepare(3 * period, audio)
        self.frames = track.frames[PERIOD_FRAMES : 2 * PERIOD_FRAMES]
        self._silent = track.silent[PERIOD_FRAMES : 2 * PERIOD_FRAMES]

    def is_silent(self, index: int) -> bool:
        """Whether nobody would hear frame `index` of all that are said."""
        return self._silent[index % PERIOD_FRAMES]

    def seeker(self, speaks: AudioFormat, hears: AudioFormat) -> Seeker:
        """Finds the burst in what comes back as `hears` when it was said as `speaks`."""
        # μ-law is what Kallglot speaks: both ways, it passes bit by bit, and looking for bytes costs nothing.
        is_exact = speaks.encoding is hears.encoding is Encoding.PCMU
        exact = b"".join(self.frames[:MARKER_FRAMES]) if is_exact else b""
        return Seeker(hears, exact, resample(self._marker, _BASE_HZ, sampled_rate_hz(hears)))
