"""What a caller heard, and when: the silence that a fault has cost. Sans-I/O."""

from dataclasses import dataclass

import numpy as np

_RATE_HZ = 8000
_WINDOW_MS = 20
_AUDIBLE_RMS = 100
"""Of 32,767: -50 dBFS. What is quieter is comfort noise or nothing, whoever made it."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch without sound, in milliseconds since the call started."""

    from_ms: int
    until_ms: int

    @property
    def length_ms(self) -> int:
        """How long it lasted."""
        return self.until_ms - self.from_ms


class Hearing:
    """One caller's ear over a whole call: 16-bit samples, 8 kHz."""

    def __init__(self, heard: bytes) -> None:
        size = _RATE_HZ * _WINDOW_MS // 1000
        samples = np.frombuffer(heard, dtype=np.int16)
        windows = samples[: len(samples) // size * size].reshape(-1, size).astype(np.float64)
        self._audible = np.sqrt((windows**2).mean(axis=1)) >= _AUDIBLE_RMS

    def sound_after(self, ms: int) -> int | None:
        """When the first sound was heard from that moment on, if any was."""
        start = -(-ms // _WINDOW_MS)
        found = np.flatnonzero(self._audible[start:])
        return int(start + found[0]) * _WINDOW_MS if len(found) else None

    def silences(self, from_ms: int, until_ms: int) -> list[Silence]:
        """The stretches without sound between two moments, in order."""
        first, last = from_ms // _WINDOW_MS, min(until_ms // _WINDOW_MS, len(self._audible))
        # A step up where silence begins, a step down where sound does.
        silent = np.concatenate(([False], ~self._audible[first:last], [False])).astype(np.int8)
        begins, ends = (np.flatnonzero(np.diff(silent) == step) + first for step in (1, -1))
        return [
            Silence(int(begin) * _WINDOW_MS, int(end) * _WINDOW_MS) for begin, end in zip(begins, ends, strict=True)
        ]
