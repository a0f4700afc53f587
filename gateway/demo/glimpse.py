"""How a call is going at one moment. Sans-I/O."""

import audioop
import math
from dataclasses import dataclass

_QUIETEST_DBFS = -55.0
"""Where a level's bar begins: the hiss of a line."""
_LOUDEST_DBFS = -10.0
"""Where it ends: speech peaks above, its loudness over 100 ms does not."""
_FULL_SCALE = 32_768


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One call, now."""

    title: str
    state: str
    seconds: float
    """Since it was placed."""
    spoken_level: float
    """How loud the caller is at Kallglot, from 0 to 1."""
    replied_level: float
    """How loud Kallglot is towards the caller."""
    transcript: str
    """The latest line of it."""


def level(ulaw: bytes) -> float:
    """How loud μ-law is, from 0 to 1, in steps that are alike to the ear."""
    rms = audioop.rms(audioop.ulaw2lin(ulaw, 2), 2)
    if not rms:
        return 0.0
    dbfs = 20 * math.log10(rms / _FULL_SCALE)
    return min(1.0, max(0.0, (dbfs - _QUIETEST_DBFS) / (_LOUDEST_DBFS - _QUIETEST_DBFS)))


def bar(share: float, width: int) -> str:
    """A level as text."""
    filled = round(share * width)
    return "▮" * filled + "▯" * (width - filled)
