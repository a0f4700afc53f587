"""Telling speech from silence on a telephone line. Sans-I/O.

The detector is WebRTC's: 2.4 µs for 20 ms. It knows frames of 10, 20 or 30 ms of linear audio and no others.
"""

import audioop

import webrtcvad

from gateway.audio.linear import BYTES_PER_SAMPLE

_RATE_HZ = 8000
_FRAME_BYTES = 160
"""20 ms of μ-law at 8 kHz."""
_BYTES_PER_MS = 8


class SpeechDetector:
    """Follows whether somebody speaks in one stream of μ-law, 8 kHz."""

    def __init__(self, aggressiveness: int = 2) -> None:
        """`aggressiveness` is WebRTC's, 0 to 3: the higher, the less noise is taken for speech."""
        self._vad = webrtcvad.Vad(aggressiveness)
        self._pending = b""
        self._speaking = False
        self._quiet_since_ms: int | None = None

    def feed(self, ulaw: bytes, now_ms: int) -> bool:
        """Whether the last whole 20 ms are speech, where the last of these samples was said at `now_ms`."""
        if self._quiet_since_ms is None:
            self._quiet_since_ms = now_ms - len(ulaw) // _BYTES_PER_MS
        data = self._pending + ulaw
        end = 0
        while len(data) - end >= _FRAME_BYTES:
            linear = audioop.ulaw2lin(data[end : end + _FRAME_BYTES], BYTES_PER_SAMPLE)
            end += _FRAME_BYTES
            self._speaking = self._vad.is_speech(linear, _RATE_HZ)
            if self._speaking:
                self._quiet_since_ms = now_ms - (len(data) - end) // _BYTES_PER_MS
        self._pending = data[end:]
        return self._speaking

    def quiet_ms(self, now_ms: int) -> int:
        """How long nobody has spoken: since the last speech, or since the stream began; 0 before it began."""
        return 0 if self._quiet_since_ms is None else now_ms - self._quiet_since_ms
