"""How long audio is under way in a relay, beyond what it has to wait for the rest of its message.

Both ends are one process on one machine, so there is one clock. A piece of audio left when the call that sent its last
byte began, and came when the kernel took the message in that its last byte was in.
"""

from bisect import bisect_left
from collections.abc import Callable


class Delays:
    """One way of one call: which message brings the end of which piece, by the bytes that have gone past.

    The bytes are those that arrive, without silence: a resampler turns pieces into fewer and holds some back, and what
    a relay puts where frames were late is none of the caller's.
    """

    def __init__(self, report: Callable[[float], None]) -> None:
        """`report` is handed milliseconds."""
        self._report = report
        self._sent_ns: list[int] = []
        self._ends: list[int] = []
        """Bytes until the end of each piece."""
        self._arrived = 0

    def sent(self, size: int, at_ns: int) -> None:
        """The next piece is about to be sent."""
        self._sent_ns.append(at_ns)
        self._ends.append((self._ends[-1] if self._ends else 0) + size)

    def arrived(self, size: int, at_ns: int) -> None:
        """A message has brought so many bytes; 0: nobody noted when."""
        self._arrived += size
        piece = bisect_left(self._ends, self._arrived)
        if at_ns and piece < len(self._sent_ns):
            self._report((at_ns - self._sent_ns[piece]) / 1e6)
