"""Tones, and what is left of them: plain arithmetic that shares nothing with what it measures."""

import math
import random
from array import array
from collections.abc import Sequence


def tone(hz: float, rate_hz: int, ms: int, amplitude: int = 10_000) -> bytes:
    """A sine, as linear audio."""
    return _linear([round(amplitude * math.sin(math.tau * hz * n / rate_hz)) for n in range(rate_hz * ms // 1000)])


def noise(rate_hz: int, ms: int) -> bytes:
    """White noise, as linear audio; the same every time."""
    dice = random.Random(rate_hz)  # noqa: S311 - keeps no secret, and has to be the same every time
    return _linear([dice.randint(-9000, 9000) for _ in range(rate_hz * ms // 1000)])


def click(rate_hz: int, ms: int, at_ms: int) -> bytes:
    """Silence but for one sample, as linear audio."""
    samples = [0] * (rate_hz * ms // 1000)
    samples[rate_hz * at_ms // 1000] = 30_000
    return _linear(samples)


def samples(linear: bytes) -> Sequence[int]:
    """The numbers in linear audio."""
    return array("h", linear)


def amplitude(linear: bytes, hz: float, rate_hz: int) -> float:
    """How much of one frequency is in linear audio, by Goertzel's algorithm over a Hann window."""
    values = samples(linear)
    count = len(values)
    turn = 2 * math.cos(math.tau * hz / rate_hz)
    before, last = 0.0, 0.0
    for n, value in enumerate(values):
        windowed = value * (1 - math.cos(math.tau * n / count))
        before, last = last, windowed + turn * last - before
    return math.sqrt(last**2 + before**2 - turn * last * before) * 2 / count


def decibels(ratio: float) -> float:
    """A ratio of amplitudes, in dB."""
    return 20 * math.log10(max(ratio, 1e-9))


def snr_db(original: bytes, copy: bytes, late_samples: int) -> float:
    """The signal's power over that of what the copy, which comes late, changed about it."""
    heard = samples(copy)[late_samples:]
    said = samples(original)[: len(heard)]
    signal = sum(value**2 for value in said)
    error = sum((a - b) ** 2 for a, b in zip(said, heard, strict=True))
    return 10 * math.log10(signal / max(error, 1))


def pieces(data: bytes, lengths: Sequence[int], whole: int = 1) -> list[bytes]:
    """Data cut into pieces of these many units, over and over; the last is what is left."""
    cut, start, turn = [], 0, 0
    while start < len(data):
        end = start + lengths[turn % len(lengths)] * whole
        cut.append(data[start:end])
        start, turn = end, turn + 1
    return cut


def _linear(values: Sequence[int]) -> bytes:
    return array("h", values).tobytes()
