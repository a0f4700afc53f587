"""Measures one stream on the audio itself: when what was said comes back. Sans-I/O."""

from collections import deque

from gateway.simulator.load.probe import MARKER_FRAMES, PERIOD_FRAMES
from gateway.simulator.load.seeker import Seeker
from gateway.simulator.load.tally import Count, Figure, Tally
from gateway.simulator.speech import FRAME_MS

_NS_PER_MS = 1e6
_BURST_NS = 5_000_000
"""Messages that come closer together than this are one burst."""
_KEPT = 256
"""Frames whose time of leaving is kept: five seconds, longer than any probe is waited for."""
_OUTSTANDING = 2
"""Probes that may be on their way; with the next one, the oldest is lost."""
_SAME_MS = 1.0
"""A probe that comes back nearer than this to its place says that nothing was lost or put in since the last one."""
_SMOOTHING = 16
"""RFC 3550 §6.4.1."""


class Gauge:
    """Told what leaves and what comes back."""

    def __init__(self, seeker: Seeker, tally: Tally) -> None:
        self._seeker = seeker
        self._tally = tally
        self._left: list[tuple[int, int]] = [(-1, 0)] * _KEPT
        """Frames and when they left, by their numbers modulo the length."""
        self._outstanding: deque[int] = deque()
        self._offset_ms: float | None = None
        """How far the stream that comes back is behind the one that leaves, by their own samples."""
        self._burst: tuple[int, float] | None = None
        """When the latest message came, and how much had come then."""
        self._burst_before: tuple[int, float] | None = None
        self._ages_ms: list[float] = []
        """Since the last probe: believed when the next one is where it was expected."""
        self._jitter_ms = 0.0

    def left(self, frame: int, now_ns: int) -> None:
        """Frame `frame` of the stream, counted from 0, was sent."""
        self._tally.counts[Count.FRAMES_SENT] += 1
        if self._left[frame % _KEPT][0] == frame:  # a duplicate, which a gateway drops
            return
        self._left[frame % _KEPT] = frame, now_ns
        if frame % PERIOD_FRAMES != MARKER_FRAMES - 1:
            return
        self._outstanding.append(frame)
        self._tally.counts[Count.PROBES_SENT] += 1
        if len(self._outstanding) > _OUTSTANDING:
            self._outstanding.popleft()
            self._tally.counts[Count.PROBES_LOST] += 1
            self._seeker.doubt_exactness()

    def came(self, payload: bytes, now_ns: int) -> None:
        """Audio has come back."""
        self._tally.counts[Count.FRAMES_RECEIVED] += 1
        if self._burst is not None and now_ns - self._burst[0] > _BURST_NS:
            self._end_burst()
        found_ms = self._seeker.feed(payload, wanted=bool(self._outstanding))
        if found_ms is not None:
            self._found(found_ms, now_ns)
        self._burst = now_ns, self._seeker.heard_ms

    def _found(self, found_ms: float, now_ns: int) -> None:
        last = self._outstanding.pop()
        self._tally.counts[Count.PROBES_LOST] += len(self._outstanding)
        self._outstanding.clear()
        self._tally.counts[Count.PROBES_FOUND] += 1
        self._tally.spreads[Figure.ROUND_TRIP].add((now_ns - self._left[last % _KEPT][1]) / _NS_PER_MS)
        offset_ms = found_ms - (last + 1 - MARKER_FRAMES) * FRAME_MS
        if self._offset_ms is not None:
            self._compare(offset_ms - self._offset_ms)
        self._offset_ms = offset_ms
        self._ages_ms.clear()

    def _compare(self, shift_ms: float) -> None:
        if abs(shift_ms) < _SAME_MS:
            for age_ms in self._ages_ms:
                self._tally.spreads[Figure.ADDED].add(age_ms)
        else:
            self._tally.counts[Count.INSERTED_MS if shift_ms > 0 else Count.LOST_MS] += round(abs(shift_ms))

    def _end_burst(self) -> None:
        """The burst whose last message was the latest one is over: how old was its newest sample?"""
        assert self._burst is not None
        came_ns, heard_ms = self._burst
        if self._offset_ms is not None:
            frame = -int(-(heard_ms - self._offset_ms) // FRAME_MS) - 1
            left, left_ns = self._left[frame % _KEPT]
            if left == frame >= 0 and left_ns <= came_ns:
                self._ages_ms.append((came_ns - left_ns) / _NS_PER_MS)
        self._shake(came_ns, heard_ms)

    def _shake(self, came_ns: int, heard_ms: float) -> None:
        before, self._burst_before = self._burst_before, (came_ns, heard_ms)
        if before is not None:
            drift_ms = (came_ns - before[0]) / _NS_PER_MS - (heard_ms - before[1])
            self._jitter_ms += (abs(drift_ms) - self._jitter_ms) / _SMOOTHING
            self._tally.spreads[Figure.JITTER].add(self._jitter_ms)
