"""Recorded audio from a file, as a caller can be played it."""

import audioop
import wave
from pathlib import Path

import av

from gateway.audio.formats import PCMU_8K
from gateway.audio.linear import BYTES_PER_SAMPLE
from gateway.audio.resample import Resampler
from gateway.errors import ConfigError

_RATES_HZ = range(1_000, 192_001)
"""What anybody records at."""

_UNREADABLE = (OSError, EOFError, RuntimeError, ValueError, wave.Error, audioop.error, av.FFmpegError)
"""RuntimeError is `wave`'s for a chunk that ends beyond the file, ValueError everybody's for a path that is none."""


def load_clip(path: Path, setting: str) -> bytes:
    """A WAV file (PCM, any rate, mono or stereo) as μ-law, 8 kHz.

    Raises:
        ConfigError: it is none; `setting` is what names it.
    """
    try:
        with wave.open(str(path), "rb") as file:
            width, channels, rate_hz = file.getsampwidth(), file.getnchannels(), file.getframerate()
            samples = file.readframes(file.getnframes())
        if channels > 2 or rate_hz not in _RATES_HZ:
            raise ValueError(f"it must have 1 or 2 channels of 1000 to 192000 Hz, not {channels} of {rate_hz} Hz")
        if width == 1:
            samples = audioop.bias(samples, width, 128)  # of all widths only bytes are unsigned in a WAV file
        linear = audioop.lin2lin(samples, width, BYTES_PER_SAMPLE)
        if channels == 2:
            linear = audioop.tomono(linear, BYTES_PER_SAMPLE, 0.5, 0.5)
        resampler = Resampler(rate_hz, PCMU_8K.rate_hz)
        linear = resampler.feed(linear) + resampler.flush()
    except _UNREADABLE as exc:
        raise ConfigError([f"{setting}: {str(path)!r} is not a WAV file that can be read: {exc}"]) from exc
    if not linear:
        raise ConfigError([f"{setting}: {str(path)!r} holds no audio"])
    return audioop.lin2ulaw(linear, BYTES_PER_SAMPLE)
