"""What a carrier is sent in another codec, once more in μ-law, for those who only listen. Sans-I/O.

Kallglot speaks μ-law, so it need only be kept while the transcoded audio waits: to decode the pieces again would
cost up to 80 µs each (G.722), ten times a second.
"""

from gateway.audio.formats import PCMU_8K, AudioFormat
from gateway.audio.transcode import Transcoder
from gateway.bridge.chunks import BYTES_PER_MS


class Sidetone:
    """A queue of the same length as the pacer's."""

    def __init__(self) -> None:
        self._ulaw = bytearray()
        self._source = PCMU_8K
        self._transcoder: Transcoder | None = None

    def feed(self, payload: bytes, source: AudioFormat) -> None:
        """Kallglot says this.

        Raises:
            MessageError: the payload is no audio that can be read.
        """
        if source == PCMU_8K:
            self._ulaw += payload
            return
        if self._transcoder is None or source != self._source:
            self._source, self._transcoder = source, Transcoder(source, PCMU_8K)
        self._ulaw += self._transcoder.feed(payload)

    def take(self, ms: int) -> bytes:
        """The oldest of it, no more than so long: it goes to the carrier, or is given up."""
        size = ms * BYTES_PER_MS
        taken = bytes(self._ulaw[:size])
        del self._ulaw[:size]
        return taken

    def clear(self) -> None:
        """Nothing waits any more."""
        self._ulaw.clear()
