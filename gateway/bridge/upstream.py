"""The caller's audio on its way into the session stream. Sans-I/O."""

from collections.abc import Sequence

from gateway.bridge.backlog import Backlog
from gateway.bridge.chunks import Chunk
from gateway.kallglot.messages import AudioInput
from gateway.telemetry.counts import CallCounts


class Upstream:
    """Numbers the chunks of one speaker, and keeps them while nobody can take them.

    `sequence` goes on when a stream is opened anew: the documents say only that it preserves order.
    """

    __slots__ = ("_audio_input", "_backlog", "_counts", "_unix_offset_ms", "next_sequence")

    def __init__(self, speaker: str, next_sequence: int, unix_offset_ms: int, counts: CallCounts) -> None:
        self._audio_input = AudioInput(speaker)
        self._unix_offset_ms = unix_offset_ms
        self._backlog = Backlog(counts)
        self._counts = counts
        self.next_sequence = next_sequence
        """Of the chunk that is sent next."""

    def keep(self, chunks: Sequence[Chunk]) -> None:
        """Hold chunks until somebody takes them."""
        for chunk in chunks:
            self._backlog.push(chunk)

    def messages(self, chunks: Sequence[Chunk] = ()) -> list[bytes]:
        """`audio.input` for all that was kept, and then for these."""
        waiting = [*self._backlog.take(), *chunks] if self._backlog else chunks
        return [self._encode(chunk) for chunk in waiting]

    def _encode(self, chunk: Chunk) -> bytes:
        sequence = self.next_sequence
        self.next_sequence += 1
        self._counts.chunks_out += 1
        return self._audio_input.encode(sequence, chunk.at_ms + self._unix_offset_ms, chunk.ulaw)
