"""Keeps the caller's last words while Kallglot cannot take them. Sans-I/O."""

from collections import deque

from gateway.bridge.chunks import Chunk
from gateway.calls import Direction
from gateway.telemetry.counts import CallCounts, DropReason

KEPT_MS = 2_000
"""What was said longer ago would only delay what is said now."""

_FRAME_MS = 20


class Backlog:
    """A queue of chunks that forgets the oldest."""

    __slots__ = ("_chunks", "_counts", "_held_ms")

    def __init__(self, counts: CallCounts) -> None:
        self._counts = counts
        self._chunks: deque[Chunk] = deque()
        self._held_ms = 0

    def push(self, chunk: Chunk) -> None:
        """Keep a chunk for later, at the cost of the oldest."""
        self._chunks.append(chunk)
        self._held_ms += chunk.duration_ms
        while self._held_ms > KEPT_MS:
            dropped = self._chunks.popleft()
            self._held_ms -= dropped.duration_ms
            frames = max(1, dropped.duration_ms // _FRAME_MS)
            self._counts.dropped[Direction.IN, DropReason.NOT_READY] += frames

    def take(self) -> list[Chunk]:
        """All that is kept, oldest first."""
        chunks = list(self._chunks)
        self._chunks.clear()
        self._held_ms = 0
        return chunks

    def __len__(self) -> int:
        return len(self._chunks)
