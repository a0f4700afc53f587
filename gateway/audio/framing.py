"""Cutting a byte stream into frames of one size. Sans-I/O."""


class Framer:
    """Gives whole frames only, such as the 20 ms that a carrier wants at least in a message."""

    __slots__ = ("_frame_bytes", "_pending")

    def __init__(self, frame_bytes: int) -> None:
        if frame_bytes < 1:
            raise ValueError(f"frame_bytes must be at least 1, not {frame_bytes}")
        self._frame_bytes = frame_bytes
        self._pending = b""

    @property
    def pending_bytes(self) -> int:
        """How much waits for the rest of its frame."""
        return len(self._pending)

    def feed(self, data: bytes) -> list[bytes]:
        """The frames that are whole now, in order."""
        size = self._frame_bytes
        if self._pending:
            data = self._pending + data
        elif len(data) == size:
            return [data]
        whole = len(data) - len(data) % size
        self._pending = data[whole:]
        return [data[start : start + size] for start in range(0, whole, size)]

    def flush(self) -> bytes:
        """What waited for the rest of its frame, which will not come."""
        rest, self._pending = self._pending, b""
        return rest
