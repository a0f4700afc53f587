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
FOUND = 0.95
"""The likeness of a block that is there whole."""


def read(path: Path) -> bytes:
    """The samples of a WAV that is as the demo's are."""
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE_HZ)
        return file.readframes(file.getnframes())


def likeness(one: Sequence[int], other: Sequence[int]) -> float:
    """Normalised cross-correlation at lag 0."""
    energy = math.sqrt(sum(map(mul, one, one)) * sum(map(mul, other, other)))
    return sum(map(mul, one, other)) / energy if energy else 0.0


def blockwise(said: bytes, heard: bytes) -> list[float]:
    """How alike every second loud 100 ms of what was said is to the best of what was heard since the one before it.

    A play-out that ran dry has moved what follows, however far; the order stays.
    """
    spoken, played = np.frombuffer(said, np.int16).astype(float), np.frombuffer(heard, np.int16).astype(float)
    starts = [at for at in range(0, len(spoken) - BLOCK, BLOCK) if max(spoken[at : at + BLOCK]) > 2000]
    energies = np.convolve(played**2, np.ones(BLOCK), "valid")
    found = []
    since = 0
    for start in starts[::2]:
        block = spoken[start : start + BLOCK]
        rest = played[since:]
        if len(rest) < BLOCK:
            found.append(0.0)
            continue
        alike = np.correlate(rest, block, "valid") / np.sqrt(np.maximum(energies[since:], 1) * (block @ block))
        place = int(np.argmax(alike))
        found.append(float(alike[place]))
        # A block that a gap has cut is found nowhere, and says nothing of where the next one is.
        if found[-1] > FOUND:
            since += place + BLOCK
    return found


def babble(samples: int, seed: int = 1) -> bytes:
    """Noise that is now loud and now soft, as speech is; the same every time."""
    dice = random.Random(seed)  # noqa: S311 - keeps no secret, and has to be the same every time
    loudness = [dice.choice((500, 2000, 8000)) for _ in range(samples // 400 + 1)]
    return array("h", [dice.randint(-loudness[n // 400], loudness[n // 400]) for n in range(samples)]).tobytes()
