"""How much of one sound is in another. Sans-I/O.

All sounds are linear: 16-bit samples in this machine's order, 8 kHz, one channel. A likeness is the normalised
cross-correlation: 1 is the same sound however loud, 0 has nothing to do with it, -1 is the same upside down.
"""

import audioop
import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

RATE_HZ = 8000
_WIDTH = 2
"""Bytes in a sample."""
_BLOCK = 160
"""Samples in 20 ms: where a sound is, is looked for in its loudness first and then around there."""
_PIECE = 800
"""Samples in 100 ms: what a play-out that runs dry is cut into at worst."""
_STUMBLE = 2000
"""Samples in 250 ms: how far from where the one before it says a piece is looked for first."""
_STALL = 16_000
"""Samples in 2 s: and how far if it is not there."""
_FOUND = 0.9
"""The likeness of a piece that is believed to be where it was found."""
_AUDIBLE_RMS = 100
"""Of 32,767; what is quieter (-50 dBFS) is the hiss of a line."""


@dataclass(frozen=True, slots=True)
class Match:
    """Where a sound was found in another."""

    at_ms: float
    """From the beginning of the other; negative where only its end is there."""
    likeness: float


def find(sound: bytes, recording: bytes) -> Match:
    """Where in a recording the whole sound is, in one stretch, and how alike the two are."""
    padded, start = _around(sound, recording)
    offset, likeness = _place(sound, padded, start - _BLOCK, start + _BLOCK)
    return Match((offset - _lead(sound)) * 1000 / RATE_HZ, likeness)


def follow(sound: bytes, recording: bytes) -> Match:
    """The same for a recording that stumbled: the sound may be in pieces, with pauses between them.

    Pieces count by their energy.
    """
    padded, start = _around(sound, recording)
    weighted = energy = 0.0
    since = 0
    at: int | None = None
    for position in range(0, len(sound) // _WIDTH, _PIECE):
        piece = _cut(sound, position, _PIECE)
        near = start + position
        offset, likeness = _place(piece, padded, near - _STUMBLE, near + _STUMBLE)
        if likeness < _FOUND and audioop.rms(piece, _WIDTH) >= _AUDIBLE_RMS:
            offset, likeness = _place(piece, padded, max(since, near - _STALL), near + _STALL)
        if likeness >= _FOUND:
            start = offset - position
            since = offset + len(piece) // _WIDTH
            at = start if at is None else at
        weight = _dot(piece, piece)
        weighted += weight * likeness
        energy += weight
    return Match(((start if at is None else at) - _lead(sound)) * 1000 / RATE_HZ, weighted / energy if energy else 0.0)


def correlation(one: bytes, other: bytes) -> float:
    """The likeness of two sounds that begin together; the longer one's end counts against it. 0 for silence."""
    longest = max(len(one), len(other))
    one, other = one.ljust(longest, b"\0"), other.ljust(longest, b"\0")
    energy = math.sqrt(_dot(one, one) * _dot(other, other))
    return _dot(one, other) / energy if energy else 0.0


def sound_s(linear: bytes) -> float:
    """Seconds of it that can be heard."""
    return sum(1 for rms in _loudness(linear) if rms >= _AUDIBLE_RMS) * _BLOCK / RATE_HZ


def _lead(sound: bytes) -> int:
    """Samples of silence put before a recording: half a sound may have been cut off there."""
    return len(sound) // (2 * _WIDTH * _BLOCK) * _BLOCK


def _around(sound: bytes, recording: bytes) -> tuple[bytes, int]:
    """The recording with room before and after it, and the sample in it near which the sound begins."""
    padded = bytes(_lead(sound) * _WIDTH) + recording + bytes(len(sound) + _STUMBLE * _WIDTH)
    ups_and_downs, places = _loudness(sound), _loudness(padded)
    if not ups_and_downs:
        return padded, 0
    length = len(ups_and_downs)
    block = max(range(len(places) - length + 1), key=lambda at: _alike(ups_and_downs, places[at : at + length]))
    return padded, block * _BLOCK


def _alike(one: Sequence[int], other: Sequence[int]) -> float:
    energy = sum(map(mul, other, other))
    return sum(map(mul, one, other)) / math.sqrt(energy) if energy else 0.0


def _loudness(linear: bytes) -> list[int]:
    size = _BLOCK * _WIDTH
    return [audioop.rms(linear[at : at + size], _WIDTH) for at in range(0, len(linear) - size + 1, size)]


def _place(sound: bytes, padded: bytes, first: int, last: int) -> tuple[int, float]:
    """The sample between these at which the sound fits best, and how well."""
    first = max(0, first)
    length = len(sound) // _WIDTH
    room = _cut(padded, first, length + last - first)
    if len(room) <= len(sound) or not sound:
        return first, 0.0
    # `findfit` divides by the energy of each place, and believes the first one for ever if that is 0.
    offset, _ = audioop.findfit(b"\1\0" + room[_WIDTH:], sound)
    return first + offset, correlation(sound, _cut(padded, first + offset, length))


def _cut(linear: bytes, first: int, count: int) -> bytes:
    return linear[first * _WIDTH : (first + count) * _WIDTH]


def _dot(one: bytes, other: bytes) -> int:
    return sum(map(mul, array("h", one), array("h", other)))
