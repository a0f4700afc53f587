"""Linear audio: signed 16-bit little-endian samples of one channel, as bytes. Sans-I/O.

What every codec decodes to and encodes from. Little-endian is the order in which `audioop` and FFmpeg's `s16`
hold samples on the machines this runs on (x86-64, arm64), so it is the one that needs no swapping between them.
"""

from collections.abc import Iterable

from av import AudioFrame
from av.audio.plane import AudioPlane

BYTES_PER_SAMPLE = 2


class FrameWriter:
    """Puts one stream's audio into a PyAV frame, a piece at a time.

    It is the same frame as long as the pieces are of one length: to make one costs more than to fill it.
    """

    __slots__ = ("_frame", "_plane", "_rate_hz", "_size")

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._size = 0
        self._frame: AudioFrame
        self._plane: AudioPlane

    def holding(self, linear: bytes) -> AudioFrame:
        """A frame that holds a copy of whole samples, at least one, until the next is asked for."""
        size = len(linear)
        if size == self._size:
            self._frame.make_writable()  # where FFmpeg keeps what it was given before, it gets a buffer of its own
        else:
            self._size = size
            self._frame = AudioFrame(format="s16", layout="mono", samples=size // BYTES_PER_SAMPLE)
            self._frame.sample_rate = self._rate_hz
            self._plane = self._frame.planes[0]
        # Not all of it: FFmpeg rounds its buffers up for the vector unit.
        memoryview(self._plane)[:size] = linear
        return self._frame


def from_frames(frames: Iterable[AudioFrame]) -> bytes:
    """The samples of PyAV's `s16` mono frames, one after the other."""
    # A plane is longer than its samples: FFmpeg rounds its buffers up for the vector unit.
    return b"".join([memoryview(frame.planes[0])[: frame.samples * BYTES_PER_SAMPLE] for frame in frames])
