"""Telephone audio, and what recognisers take and voices give."""

import audioop

from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

TELEPHONE_HZ = 8000
RECOGNISER_HZ = 16_000


def widen(ulaw: bytes) -> bytes:
    """What a recogniser takes: 32-bit floats at 16 kHz, of μ-law."""
    return _resample(audioop.ulaw2lin(ulaw, 2), TELEPHONE_HZ, "flt", RECOGNISER_HZ)


def narrow(linear: bytes, rate_hz: int) -> bytes:
    """What a telephone takes: μ-law, of 16-bit samples at any rate."""
    return audioop.lin2ulaw(_resample(linear, rate_hz, "s16", TELEPHONE_HZ), 2)


def _resample(linear: bytes, from_hz: int, kind: str, to_hz: int) -> bytes:
    if not linear:
        return b""
    frame = AudioFrame(format="s16", layout="mono", samples=len(linear) // 2)
    frame.sample_rate = from_hz
    frame.planes[0].update(linear)
    resampler = AudioResampler(kind, "mono", to_hz)
    frames = resampler.resample(frame) + resampler.resample(None)
    # A plane may be longer than its samples.
    return b"".join(bytes(out.planes[0])[: out.samples * out.format.bytes] for out in frames)
