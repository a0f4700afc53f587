"""The caller's audio as both carriers frame it. Sans-I/O."""

from collections.abc import Sequence

from msgspec import Struct


class MediaBody(Struct, gc=False):
    """The `media` object of both carriers' media messages: some audio, twenty milliseconds usually."""

    payload: bytes
    """Decoded from base64."""
    chunk: int = 0
    """Counts the messages of a track from 1; 0 where the carrier left it out."""
    timestamp: int = 0
    """Milliseconds since the stream began (Twilio; Telnyx does not say its unit)."""
    track: str = "inbound"


class Run:
    """Frames of one length that follow each other, their numbers one by one; the caller's, all of them."""

    __slots__ = ("chunk", "frames", "payload", "step", "timestamp")

    def __init__(self, payload: bytes, chunk: int, timestamp: int, step: int, frames: int) -> None:
        self.payload = payload
        """All of theirs."""
        self.chunk = chunk
        """The first one's."""
        self.timestamp = timestamp
        """The first one's."""
        self.step = step
        """What each timestamp is greater by than the one before."""
        self.frames = frames
        """How many."""

    def __len__(self) -> int:
        return self.frames

    def bodies(self) -> Sequence[MediaBody]:
        """Each by itself."""
        size = len(self.payload) // self.frames
        return [
            MediaBody(
                self.payload[number * size : (number + 1) * size],
                self.chunk + number,
                self.timestamp + number * self.step,
            )
            for number in range(self.frames)
        ]


Frames = Sequence[MediaBody] | Run
"""What was read of it at once."""


def bodies(frames: Frames) -> Sequence[MediaBody]:
    """Each frame by itself."""
    return frames.bodies() if isinstance(frames, Run) else frames
