"""Finds what is missing between a carrier's frames. Sans-I/O.

A frame's `timestamp` says where it belongs. Twilio's counts milliseconds; Telnyx does not say what its counts, so the
unit is learnt from frames that follow each other, and until it is known only the frames' numbers are believed.
"""

from collections.abc import Sequence

from gateway.carriers.audio import MediaBody, Run

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

    __slots__ = (
        "_agreed",
        "_candidate",
        "_chunk",
        "_due",
        "_duration_us",
        "_is_astray",
        "_short",
        "_step",
        "_timestamp",
        "units_per_ms",
    )

    def __init__(self) -> None:
        self._chunk = 0
        self._timestamp = 0
        self._duration_us = 0
        self.units_per_ms = 0
        """What timestamps count; 0 until it is known."""
        self._candidate = 0
        self._agreed = 0
        self._short = 0
        """How far the audio was behind the timestamps at the last frame, in thousandths of their unit; negative where
        it was ahead."""
        self._is_astray = False
        """The last timestamp was nowhere near its turn."""
        self._step = 0
        """What the next timestamp is greater by, if nothing is missing; 0 where that cannot be said."""
        self._due: int | None = None
        """That timestamp."""

    def runs_on(self, bodies: Sequence[MediaBody]) -> bool:
        """Whether these frames, each as long as the one before, follow it and each other: then they have come."""
        due = self._due
        if due is None:
            return False
        for body in bodies:
            if body.timestamp != due:
                return False
            due += self._step
        self._due = due
        self._chunk, self._timestamp = body.chunk, body.timestamp
        return True

    def goes_on(self, run: Run) -> bool:
        """The same of a run of such frames."""
        due, frames, step = self._due, run.frames, self._step
        if due is None or run.timestamp != due or (run.step != step and frames > 1):
            return False
        self._due = due + frames * step
        self._chunk, self._timestamp = run.chunk + frames - 1, self._due - step
        return True

    def is_next(self, body: MediaBody) -> bool:
        """Whether the carrier has sent no other frame before this one, by its number."""
        return 0 < self._chunk == body.chunk - 1

    def gap_ms(self, body: MediaBody, duration_us: int) -> int:
        """Milliseconds of audio missing before this frame, which is the next one of the track.

        Its own length is in microseconds: of frames of any size, what is rounded off would add up to a gap.
        """
        if not duration_us:
            return 0
        gap_ms = 0
        if body.timestamp != self._due or duration_us != self._duration_us:
            if body.timestamp != self._due and self._duration_us:
                gap_ms = self._gap_before(body)
            self._duration_us = duration_us
            self._step = self._steady_step()
        self._chunk = body.chunk
        self._timestamp = body.timestamp
        self._due = body.timestamp + self._step if self._step else None
        return gap_ms

    def _steady_step(self) -> int:
        """What timestamps grow by with frames like this one; 0 where nobody can say."""
        if self._is_astray:
            return 0
        units, rest = divmod(self._duration_us * self.units_per_ms, 1_000)
        # A length that no timestamp can say exactly: each frame has to be summed up.
        return 0 if rest else units

    def _gap_before(self, body: MediaBody) -> int:
        step = body.timestamp - self._timestamp
        if self.units_per_ms:
            return self._gap_by_time(step)
        if body.chunk == self._chunk + 1 and step > 0:
            self._learn(step)
        missing_ms = self._missing_numbers(body) * self._duration_us // 1_000
        return missing_ms if 0 < missing_ms <= _LONGEST_GAP_MS else 0

    def _gap_by_time(self, step: int) -> int:
        # Summed up, not frame by frame: timestamps that jitter would be paid for with silence at each step forward.
        self._short += step * 1_000 - self._duration_us * self.units_per_ms
        short_ms = self._short // (self.units_per_ms * 1_000)
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
        nearest = min(_UNITS_PER_MS, key=lambda units: abs(step * 1_000 - units * self._duration_us))
        if abs(step * 1_000 - nearest * self._duration_us) > nearest * 1_000:
            return
        self._agreed = self._agreed + 1 if nearest == self._candidate else 1
        self._candidate = nearest
        if self._agreed >= _AGREEMENTS:
            self.units_per_ms = nearest
