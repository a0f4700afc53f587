"""How long audio is under way in a relay, beyond what it has to wait for the rest of its message.

Both ends are one process on one machine, so there is one clock. A piece of audio left when the call that sent its last
byte began, and came when the kernel took the message in that its last byte was in.
"""

from collections.abc import Callable


class Delays:
    """One way of one call: which message brings which, by the bytes of μ-law that have gone past."""

    def __init__(self, piece_bytes: int, report: Callable[[float], None], held_bytes: int = 0) -> None:
        """`piece_bytes` go with each message that is sent; `held_bytes` wait in the relay for those after them."""
        self._piece_bytes = piece_bytes
        self._held_bytes = held_bytes
        self._report = report
        self._sent_ns: list[int] = []
        self._arrived = 0

    def sent(self, at_ns: int) -> None:
        """The next piece is about to be sent."""
        self._sent_ns.append(at_ns)

    def arrived(self, size: int, at_ns: int) -> None:
        """A message has brought so many bytes; of those that end within a piece nothing is said."""
        self._arrived += size
        piece, beyond = divmod(self._arrived + self._held_bytes, self._piece_bytes)
        if self._held_bytes or not beyond:
            piece = piece if beyond else piece - 1
            if at_ns and piece < len(self._sent_ns):
                self._report((at_ns - self._sent_ns[piece]) / 1e6)
