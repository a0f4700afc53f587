"""Collects the caller's audio into pieces of the size Kallglot asks for. Sans-I/O."""

from dataclasses import dataclass

BYTES_PER_MS = 8
"""μ-law at 8 kHz."""

SILENCE = b"\xff"
"""μ-law's zero (ITU-T G.711)."""

_RE_ANCHOR_MS = 1_000
"""How far the audio's own clock may drift from the wall's before it is set again."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some of the caller's audio, μ-law 8 kHz."""

    at_ms: int
    """When its first sample was heard, on the clock that was handed in."""
    ulaw: bytes

    @property
    def duration_ms(self) -> int:
        """Milliseconds of audio."""
        return len(self.ulaw) // BYTES_PER_MS


class Chunker:
    """Cuts a stream of audio into chunks of one length and says when each was spoken."""

    def __init__(self, chunk_ms: int) -> None:
        self._size = chunk_ms * BYTES_PER_MS
        self._pieces: list[bytes] = []
        self._held = 0
        self._sent = 0
        self._anchor_ms: int | None = None

    def feed(self, ulaw: bytes, now_ms: int) -> list[Chunk]:
        """Add audio whose last sample is being heard now; the chunks it completes."""
        self._pieces.append(ulaw)
        self._held += len(ulaw)
        if self._anchor_ms is None:
            self._anchor_ms = now_ms - self._held // BYTES_PER_MS
        if self._held < self._size:
            return []
        return self._cut(now_ms)

    def flush(self) -> list[Chunk]:
        """What is left, shorter than a chunk: nothing more will come."""
        if not self._held:
            return []
        chunk = Chunk(self._next_at_ms(), b"".join(self._pieces))
        self._forget(len(chunk.ulaw), b"")
        return [chunk]

    def _cut(self, now_ms: int) -> list[Chunk]:
        audio = b"".join(self._pieces)
        chunks = []
        end_ms = self._next_at_ms() + self._held // BYTES_PER_MS
        if abs(now_ms - end_ms) > _RE_ANCHOR_MS:
            assert self._anchor_ms is not None
            self._anchor_ms += now_ms - end_ms
        whole = self._held - self._held % self._size
        for start in range(0, whole, self._size):
            chunks.append(Chunk(self._next_at_ms(), audio[start : start + self._size]))
            self._sent += self._size
        self._forget(0, audio[whole:])
        return chunks

    def _forget(self, sent: int, rest: bytes) -> None:
        self._sent += sent
        self._pieces = [rest] if rest else []
        self._held = len(rest)

    def _next_at_ms(self) -> int:
        assert self._anchor_ms is not None
        return self._anchor_ms + self._sent // BYTES_PER_MS
