"""The audio of the benchmark, and proof that it went through unharmed."""

import random
import zlib
from binascii import b2a_base64

FRAME_BYTES = 160
"""20 ms of μ-law at 8 kHz: what Twilio sends in a message."""
OUTPUT_BYTES = 800
"""100 ms: what Kallglot sends in one."""
FRAMES_PER_OUTPUT = OUTPUT_BYTES // FRAME_BYTES

_SILENCE = b"\xff"
_POOL = 250


class Tally:
    """Audio that went past: how much of it, and its checksum.

    The audio of the benchmark has no silence in it. What a relay puts where frames were late is counted apart, so that
    a machine that stumbles does not look like a relay that garbles.
    """

    __slots__ = ("audio_bytes", "crc", "messages", "silent_bytes")

    def __init__(self) -> None:
        self.messages = 0
        self.audio_bytes = 0
        self.silent_bytes = 0
        self.crc = 0

    def add(self, audio: bytes) -> int:
        """The audio of one message; how many bytes of it are not silence."""
        spoken = audio.translate(None, _SILENCE)
        self.messages += 1
        self.audio_bytes += len(spoken)
        self.silent_bytes += len(audio) - len(spoken)
        self.crc = zlib.crc32(spoken, self.crc)
        return len(spoken)

    def difference(self, arrived: "Tally") -> str:
        """What became of this audio on its way, or "" where it arrived as it was."""
        if self.audio_bytes != arrived.audio_bytes:
            return f"{arrived.audio_bytes} of {self.audio_bytes} bytes arrived"
        return "" if self.crc == arrived.crc else f"all {self.audio_bytes} bytes arrived, but not as they were"


def _speech(size: int) -> list[tuple[bytes, bytes]]:
    noise = random.Random(size)  # noqa: S311 - the same noise every time
    pieces = [bytes(noise.choices(range(_SILENCE[0]), k=size)) for _ in range(_POOL)]
    return [(piece, b2a_base64(piece, newline=False)) for piece in pieces]


_FRAMES = _speech(FRAME_BYTES)
_OUTPUTS = _speech(OUTPUT_BYTES)


def frame(number: int) -> tuple[bytes, bytes]:
    """20 ms of audio, and the same in base64."""
    return _FRAMES[number % _POOL]


def output(number: int) -> tuple[bytes, bytes]:
    """100 ms of audio, and the same in base64."""
    return _OUTPUTS[number % _POOL]
