"""Speech, and how alike two stretches of it are: arithmetic that shares nothing with what it judges."""

import math
import random
import wave
from array import array
from collections.abc import Sequence
from operator import mul
from pathlib import Path

import numpy as np

RATE_HZ = 8000
BLOCK = 800
"""Samples in 100 ms."""


def read(path: Path) -> bytes:
    """The samples of a WAV that is as the demo's are."""
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE_HZ)
        return file.readframes(file.getnframes())


def likeness(one: Sequence[int], other: Sequence[int]) -> float:
    """Normalised cross-correlation at lag 0."""
    energy = math.sqrt(sum(map(mul, one, one)) * sum(map(mul, other, other)))
    return sum(map(mul, one, other)) / energy if energy else 0.0


def blockwise(said: bytes, heard: bytes, slack: int = 1_600) -> list[float]:
    """How alike every second loud 100 ms of what was said is to the best of what was heard within 200 ms of its place.

    What was heard begins with its first sample that is no silence.
    """
    spoken, played = array("h", said), array("h", heard)
    onset = next(n for n, value in enumerate(played) if value)
    starts = [at for at in range(0, len(spoken) - BLOCK, BLOCK) if max(spoken[at : at + BLOCK]) > 2000]
    found = []
    late = 0
    samples = np.asarray(played, dtype=float)
    energies = np.convolve(samples**2, np.ones(BLOCK), "valid")
    for start in starts[::2]:
        block = np.asarray(spoken[start : start + BLOCK], dtype=float)
        first = max(0, onset + start + late - slack)
        alike = np.correlate(samples[first : first + 2 * slack + BLOCK], block, "valid")
        if not len(alike):
            found.append(0.0)
            continue
        alike /= np.sqrt(np.maximum(energies[first : first + len(alike)], 1) * (block @ block))
        place = int(np.argmax(alike))
        # What follows comes later by as much as this did: gaps add up.
        late = first + place - onset - start
        found.append(float(alike[place]))
    return found


def babble(samples: int, seed: int = 1) -> bytes:
    """Noise that is now loud and now soft, as speech is; the same every time."""
    dice = random.Random(seed)  # noqa: S311 - keeps no secret, and has to be the same every time
    loudness = [dice.choice((500, 2000, 8000)) for _ in range(samples // 400 + 1)]
    return array("h", [dice.randint(-loudness[n // 400], loudness[n // 400]) for n in range(samples)]).tobytes()
