"""Finds what is missing between a carrier's frames. Sans-I/O.

A frame's `timestamp` says where it belongs. Twilio's counts milliseconds; Telnyx does not say what its counts, so the
unit is learnt from frames that follow each other, and until it is known only the frames' numbers are believed.
"""

from gateway.carriers.base import MediaBody

_UNITS_PER_MS = (1, 8, 16, 24, 48)
"""What a media timestamp may count: milliseconds, or samples at any rate of ours (RFC 3550 §5.1)."""

_AGREEMENTS = 2
"""Pairs of frames that must agree on the unit before it is believed: one pair may have a pause in between."""

_TOLERANCE_MS = 10
"""Half a frame: less is a carrier rounding its clock, not audio that is missing."""

_JITTER_MS = 200
"""How much earlier than its turn a frame may claim to be, where timestamps ran ahead; more is a clock that was set."""

_LONGEST_GAP_MS = 5_000
"""More than this is a clock that was set, not a caller who was not heard for so long."""


class Timeline:
    """Follows one track's numbers and timestamps."""

    def __init__(self) -> None:
        self._chunk = 0
        self._timestamp = 0
        self._duration_ms = 0
        self.units_per_ms = 0
        """What timestamps count; 0 until it is known."""
        self._candidate = 0
        self._agreed = 0
        self._short = 0
        """How far the audio was behind the timestamps at the last frame; negative where it was ahead."""
        self._is_astray = False
        """The last timestamp was nowhere near its turn."""
        self._due: int | None = None
        """The next timestamp, if nothing is missing."""

    def gap_ms(self, body: MediaBody, duration_ms: int) -> int:
        """Milliseconds of audio missing before this frame, which is the next one of the track."""
        if not duration_ms:
            return 0
        gap_ms = 0
        if body.timestamp != self._due and self._duration_ms:
            gap_ms = self._gap_before(body)
        self._chunk = body.chunk
        self._timestamp = body.timestamp
        self._duration_ms = duration_ms
        is_steady = self.units_per_ms and not self._is_astray
        self._due = body.timestamp + duration_ms * self.units_per_ms if is_steady else None
        return gap_ms

    def _gap_before(self, body: MediaBody) -> int:
        step = body.timestamp - self._timestamp
        if self.units_per_ms:
            return self._gap_by_time(step)
        if body.chunk == self._chunk + 1 and step > 0:
            self._learn(step)
        missing_ms = self._missing_numbers(body) * self._duration_ms
        return missing_ms if 0 < missing_ms <= _LONGEST_GAP_MS else 0

    def _gap_by_time(self, step: int) -> int:
        # Summed up, not frame by frame: timestamps that jitter would be paid for with silence at each step forward.
        self._short += step - self._duration_ms * self.units_per_ms
        short_ms = self._short // self.units_per_ms
        is_gap = _TOLERANCE_MS <= short_ms <= _LONGEST_GAP_MS
        was_astray, self._is_astray = self._is_astray, not -_JITTER_MS <= short_ms <= _LONGEST_GAP_MS
        if is_gap or (was_astray and self._is_astray):
            # Made up for; or a clock that was set, as one timestamp that is nonsense would have been followed by sense.
            self._short = 0
            self._is_astray = False
        return short_ms if is_gap else 0

    def _missing_numbers(self, body: MediaBody) -> int:
        return body.chunk - self._chunk - 1 if body.chunk and self._chunk else 0

    def _learn(self, step: int) -> None:
        nearest = min(_UNITS_PER_MS, key=lambda units: abs(step - units * self._duration_ms))
        if abs(step - nearest * self._duration_ms) > nearest:
            return
        self._agreed = self._agreed + 1 if nearest == self._candidate else 1
        self._candidate = nearest
        if self._agreed >= _AGREEMENTS:
            self.units_per_ms = nearest
