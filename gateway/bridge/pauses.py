"""Finds a moment in a call in which nobody would hear it change hands. Sans-I/O."""

from collections.abc import Sequence

from gateway.audio.speech import SpeechDetector
from gateway.bridge.chunks import Chunk

PAUSE_MS = 300
"""Between turns people leave more; between words less."""


class PauseFinder:
    """Listens to one caller, from when it is made."""

    def __init__(self, now_ms: int) -> None:
        self._detector = SpeechDetector()
        self._since_ms = now_ms

    def feed(self, chunks: Sequence[Chunk], now_ms: int) -> None:
        """The caller said something, or nothing."""
        for chunk in chunks:
            self._detector.feed(chunk.ulaw, now_ms)

    def is_pause(self, now_ms: int) -> bool:
        """The caller has said nothing for long enough, and was listened to for as long."""
        return now_ms - self._since_ms >= PAUSE_MS and self._detector.quiet_ms(now_ms) >= PAUSE_MS
