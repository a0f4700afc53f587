"""Sounds as they come from a carrier, in pieces of 100 ms."""

import audioop
import random
import wave
from array import array
from functools import cache

from gateway.demo.sentences import COLD_HEARTED, MADE_AMIABLE

SILENCE = b"\xff" * 800
"""100 ms."""


@cache
def speech() -> bytes:
    """The recorded sentences that come with the gateway, as linear audio."""
    said = b""
    for sentence in (COLD_HEARTED, MADE_AMIABLE):
        with wave.open(str(sentence.path)) as file:
            said += file.readframes(file.getnframes())
    return said


def noise(ms: int, rms: int) -> bytes:
    """White noise, as linear audio; the same every time."""
    dice = random.Random(ms)  # noqa: S311 - keeps no secret
    return array("h", [max(-32768, min(32767, round(dice.gauss(0, rms)))) for _ in range(8 * ms)]).tobytes()


def ulaw(linear: bytes, gain: float = 1.0) -> bytes:
    return audioop.lin2ulaw(audioop.mul(linear, 2, gain), 2)


def alaw(linear: bytes, gain: float = 1.0) -> bytes:
    return audioop.lin2alaw(audioop.mul(linear, 2, gain), 2)


def pieces(audio: bytes, ms: int = 100) -> list[bytes]:
    """Whole pieces of G.711; a rest is left out."""
    size = 8 * ms
    return [audio[at : at + size] for at in range(0, len(audio) - size + 1, size)]
