"""Recorded audio from a file, as a caller can be played it."""

import audioop
import wave
from pathlib import Path

from gateway.audio.formats import PCMU_8K
from gateway.audio.linear import BYTES_PER_SAMPLE
from gateway.audio.resample import Resampler
from gateway.errors import ConfigError


def load_clip(path: Path, setting: str) -> bytes:
    """A WAV file (PCM, any rate, mono or stereo) as μ-law, 8 kHz.

    Raises:
        ConfigError: it is none; `setting` is what names it.
    """
    try:
        with wave.open(str(path), "rb") as file:
            width, channels, rate_hz = file.getsampwidth(), file.getnchannels(), file.getframerate()
            samples = file.readframes(file.getnframes())
        linear = audioop.lin2lin(samples, width, BYTES_PER_SAMPLE)
        if channels == 2:
            linear = audioop.tomono(linear, BYTES_PER_SAMPLE, 0.5, 0.5)
        resampler = Resampler(rate_hz, PCMU_8K.rate_hz)
        linear = resampler.feed(linear) + resampler.flush()
    except (OSError, EOFError, wave.Error, audioop.error) as exc:
        raise ConfigError([f"{setting}: {str(path)!r} is not a WAV file that can be read: {exc}"]) from exc
    if not linear:
        raise ConfigError([f"{setting}: {str(path)!r} holds no audio"])
    return audioop.lin2ulaw(linear, BYTES_PER_SAMPLE)
