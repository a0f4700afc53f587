"""Collects the caller's audio into pieces of the size Kallglot asks for. Sans-I/O."""

from msgspec import Struct

BYTES_PER_MS = 8
"""μ-law at 8 kHz."""

SILENCE = b"\xff"
"""μ-law's zero (ITU-T G.711)."""

_RE_ANCHOR_MS = 1_000
"""How far the audio's own clock may drift from the wall's before it is set again."""


class Chunk(Struct, frozen=True, gc=False):  # a Struct, as ten are made each second
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

    __slots__ = ("_anchor_ms", "_held", "_pieces", "_sent", "_size")

    def __init__(self, chunk_ms: int) -> None:
        self._size = chunk_ms * BYTES_PER_MS
        self._pieces: list[bytes] = []
        self._held = 0
        self._sent = 0
        self._anchor_ms: int | None = None

    @property
    def missing_ms(self) -> int:
        """Audio that completes the next chunk."""
        return (self._size - self._held) // BYTES_PER_MS

    def feed(self, ulaw: bytes, now_ms: int) -> list[Chunk]:
        """Add audio whose last sample is being heard now; the chunks it completes."""
        held = self._held + len(ulaw)
        if self._anchor_ms is None:
            self._anchor_ms = now_ms - held // BYTES_PER_MS
        if held < self._size:
            self._pieces.append(ulaw)
            self._held = held
            return []
        at_ms = self._anchor_ms + self._sent // BYTES_PER_MS
        late_ms = now_ms - (at_ms + held // BYTES_PER_MS)
        if not -_RE_ANCHOR_MS <= late_ms <= _RE_ANCHOR_MS:
            self._anchor_ms += late_ms
            at_ms += late_ms
        if held == len(ulaw) == self._size:
            # As nearly always: all that was read at once, and nothing before it.
            self._sent += held
            return [Chunk(at_ms, ulaw)]
        return self._cut(b"".join((*self._pieces, ulaw)))

    def flush(self) -> list[Chunk]:
        """What is left, shorter than a chunk: nothing more will come."""
        if not self._held:
            return []
        chunk = Chunk(self._next_at_ms(), b"".join(self._pieces))
        self._sent += self._held
        self._keep(b"")
        return [chunk]

    def _cut(self, audio: bytes) -> list[Chunk]:
        chunks = []
        whole = len(audio) - len(audio) % self._size
        for start in range(0, whole, self._size):
            chunks.append(Chunk(self._next_at_ms(), audio[start : start + self._size]))
            self._sent += self._size
        self._keep(audio[whole:])
        return chunks

    def _keep(self, rest: bytes) -> None:
        self._pieces = [rest] if rest else []
        self._held = len(rest)

    def _next_at_ms(self) -> int:
        assert self._anchor_ms is not None
        return self._anchor_ms + self._sent // BYTES_PER_MS
