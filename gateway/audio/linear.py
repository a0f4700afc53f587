"""Linear audio: signed 16-bit little-endian samples of one channel, as bytes. Sans-I/O.

What every codec decodes to and encodes from. Little-endian is the order in which `audioop` and FFmpeg's `s16`
hold samples on the machines this runs on (x86-64, arm64), so it is the one that needs no swapping between them.
"""

from collections.abc import Iterable

from av import AudioFrame

BYTES_PER_SAMPLE = 2


def to_frame(linear: bytes, rate_hz: int) -> AudioFrame:
    """A PyAV frame that holds a copy of whole samples, at least one."""
    frame = AudioFrame(format="s16", layout="mono", samples=len(linear) // BYTES_PER_SAMPLE)
    frame.sample_rate = rate_hz
    frame.planes[0].update(linear)
    return frame


def from_frames(frames: Iterable[AudioFrame]) -> bytes:
    """The samples of PyAV's `s16` mono frames, one after the other."""
    # A plane is longer than its samples: FFmpeg rounds its buffers up for the vector unit.
    return b"".join([bytes(frame.planes[0])[: frame.samples * BYTES_PER_SAMPLE] for frame in frames])
