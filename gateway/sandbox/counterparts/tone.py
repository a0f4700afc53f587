"""A counterpart that sounds a steady tone from a speaker's first audio to the end: every gap and click can be measured.

It costs next to nothing, which is what makes it the one for load.
"""

from gateway.sandbox.counterparts.base import Reply, Say
from gateway.sandbox.counterparts.sound import tone


class Tone:
    """Answers each speaker with 400 Hz, in real time and on absolute deadlines."""

    def __init__(self, piece_ms: int = 100) -> None:
        self._piece_ms = piece_ms
        self._piece = tone(piece_ms)
        self._next_ms: dict[str, int] = {}
        """When each speaker's next piece is due."""

    def hear(self, speaker: str, ulaw: bytes, unix_ms: int) -> list[Reply]:  # noqa: ARG002  it does not listen
        if speaker not in self._next_ms:
            self._next_ms[speaker] = unix_ms
        return []

    def due(self, unix_ms: int) -> list[Reply]:
        replies: list[Reply] = []
        for speaker, next_ms in self._next_ms.items():
            missed = (unix_ms - next_ms) // self._piece_ms + 1
            replies += [Say(speaker, self._piece, at_once=True)] * missed
            self._next_ms[speaker] = next_ms + max(0, missed) * self._piece_ms
        return replies

    def next_deadline_ms(self) -> int | None:
        return min(self._next_ms.values(), default=None)

    def finish(self) -> list[Reply]:
        return []
