"""Releases audio at the speed it is spoken. Sans-I/O.

Kallglot may send faster than speech. A little is kept at the carrier, so that no hiccup of ours is heard; the rest
stays here, so that it can be taken back when the caller interrupts and is not lost with a socket. Deadlines are
absolute: they follow from what was released, not from when somebody came round to it.
"""

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PacingPolicy:
    """How much audio to keep where."""

    lead_ms: int = 400
    """At the carrier, ahead of what it plays."""
    queue_ms: int = 60_000
    """With us, at most; then the oldest goes."""


class Pacer:
    """A queue of frames, each let go when the carrier has room for it in its lead."""

    __slots__ = ("_dry_at_ms", "_frames", "_policy", "_queued_ms")

    def __init__(self, policy: PacingPolicy) -> None:
        self._policy = policy
        self._frames: deque[tuple[bytes, int]] = deque()
        self._queued_ms = 0
        self._dry_at_ms = 0

    @property
    def queued_ms(self) -> int:
        """Audio that waits here."""
        return self._queued_ms

    @property
    def dry_at_ms(self) -> int:
        """When the carrier will have played all it was given."""
        return self._dry_at_ms

    def push(self, frame: bytes, duration_ms: int) -> int:
        """Queue a frame, or a note of no duration; how many of the oldest frames had to go for it."""
        self._frames.append((frame, duration_ms))
        self._queued_ms += duration_ms
        dropped = 0
        while self._queued_ms > self._policy.queue_ms:
            oldest_ms = self._frames.popleft()[1]
            self._queued_ms -= oldest_ms
            dropped += oldest_ms > 0
        return dropped

    def passes(self, duration_ms: int, now_ms: int) -> bool:
        """Whether audio of this length can go now, because none waits before it; then it has gone."""
        dry_at_ms = max(self._dry_at_ms, now_ms)
        if self._frames or dry_at_ms - max(0, self._policy.lead_ms - duration_ms) > now_ms:
            return False
        self._dry_at_ms = dry_at_ms + duration_ms
        return True

    def release(self, now_ms: int) -> list[bytes]:
        """Frames that may be sent now, and the notes between them."""
        if self._frames:
            self._dry_at_ms = max(self._dry_at_ms, now_ms)
        released = []
        while self._frames and self._due_ms() <= now_ms:
            frame, duration_ms = self._frames.popleft()
            released.append(frame)
            self._queued_ms -= duration_ms
            self._dry_at_ms += duration_ms
        return released

    def next_deadline_ms(self) -> int | None:
        """When to call `release` again, or None while the queue is empty."""
        return self._due_ms() if self._frames else None

    def clear(self, now_ms: int) -> int:
        """Forget what waits here and what the carrier was told to forget; how many frames waited."""
        dropped = sum(duration_ms > 0 for _, duration_ms in self._frames)
        self._frames.clear()
        self._queued_ms = 0
        self._dry_at_ms = min(self._dry_at_ms, now_ms)
        return dropped

    def _due_ms(self) -> int:
        # A frame longer than the lead would never fit: it goes when the carrier has nothing left.
        return self._dry_at_ms - max(0, self._policy.lead_ms - self._frames[0][1])
