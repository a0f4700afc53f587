"""When the sandbox's voice leaves: as fast as it is spoken, or at once. Sans-I/O."""

from collections import deque
from enum import StrEnum

BYTES_PER_MS = 8
"""μ-law at 8 kHz."""


class Delivery(StrEnum):
    """How fast a turn is sent."""

    REALTIME = "realtime"
    """Piece after piece, each when the one before has been spoken."""
    BURST = "burst"
    """Every piece of a turn at once."""


class Playout:
    """Cuts one speaker's turns into pieces and releases them on absolute deadlines."""

    def __init__(self, delivery: Delivery, piece_ms: int) -> None:
        self._delivery = delivery
        self._piece_bytes = piece_ms * BYTES_PER_MS
        self._pieces: deque[bytes] = deque()
        self._due_bytes = 0
        """When the next piece is due, in 1/8 ms: a piece may be any number of bytes and no deadline may drift."""

    def push(self, ulaw: bytes, now_ms: int) -> None:
        """Queue a turn behind what is queued already."""
        if not self._pieces:
            self._due_bytes = max(self._due_bytes, now_ms * BYTES_PER_MS)
        size = self._piece_bytes
        self._pieces.extend(ulaw[start : start + size] for start in range(0, len(ulaw), size))

    def hurry(self) -> None:
        """From now on wait for nothing."""
        self._delivery = Delivery.BURST
        self._due_bytes = 0

    def release(self, now_ms: int) -> list[bytes]:
        """The pieces that are due."""
        released = []
        while self._pieces and self._due_ms() <= now_ms:
            piece = self._pieces.popleft()
            released.append(piece)
            if self._delivery is Delivery.REALTIME:
                self._due_bytes += len(piece)
        return released

    def next_deadline_ms(self) -> int | None:
        """When to call `release` again, or None while nothing is queued."""
        return self._due_ms() if self._pieces else None

    def _due_ms(self) -> int:
        return -(-self._due_bytes // BYTES_PER_MS)
