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
        if held >= self._size:
            return self._cut(ulaw, held, now_ms)
        self._pieces.append(ulaw)
        self._held = held
        return []

    def flush(self) -> list[Chunk]:
        """What is left, shorter than a chunk: nothing more will come."""
        if not self._held:
            return []
        chunk = Chunk(self._next_at_ms(), b"".join(self._pieces))
        self._sent += self._held
        self._keep(b"")
        return [chunk]

    def _cut(self, ulaw: bytes, held: int, now_ms: int) -> list[Chunk]:
        audio = b"".join((*self._pieces, ulaw)) if self._pieces else ulaw
        at_ms = self._next_at_ms()
        late_ms = now_ms - (at_ms + held // BYTES_PER_MS)
        if not -_RE_ANCHOR_MS <= late_ms <= _RE_ANCHOR_MS:
            assert self._anchor_ms is not None
            self._anchor_ms += late_ms
            at_ms += late_ms
        size = self._size
        if held == size:
            self._sent += size
            self._keep(b"")
            return [Chunk(at_ms, audio)]
        chunks = []
        whole = held - held % size
        for start in range(0, whole, size):
            chunks.append(Chunk(self._next_at_ms(), audio[start : start + size]))
            self._sent += size
        self._keep(audio[whole:])
        return chunks

    def _keep(self, rest: bytes) -> None:
        self._pieces = [rest] if rest else []
        self._held = len(rest)

    def _next_at_ms(self) -> int:
        assert self._anchor_ms is not None
        return self._anchor_ms + self._sent // BYTES_PER_MS
