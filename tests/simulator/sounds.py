"""Sounds for the simulator's tests."""

import array
import math
from itertools import pairwise


def tone(ms: int, rate_hz: int = 8000, frequency_hz: float = 440.0, amplitude: int = 8000) -> bytes:
    """A sine as 16-bit samples in this machine's order."""
    count = rate_hz * ms // 1000
    samples = (round(amplitude * math.sin(2 * math.pi * frequency_hz * i / rate_hz)) for i in range(count))
    return array.array("h", samples).tobytes()


def frequency_of(linear: bytes, rate_hz: int) -> float:
    """The pitch of a steady tone, by its zero crossings."""
    samples = array.array("h", linear)
    crossings = sum(1 for before, after in pairwise(samples) if before < 0 <= after)
    return crossings * rate_hz / len(samples)
