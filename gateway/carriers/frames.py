"""Reads a media stream's frames: the messages that are audio, as nearly all are. Sans-I/O."""

from collections.abc import Callable
from typing import Protocol

from gateway.audio.worded import Wording
from gateway.carriers.audio import Frames, MediaBody, Run
from gateway.carriers.faults import UNREADABLE

_INBOUND = "inbound"


class MediaMessage(Protocol):
    """A carrier's media message, decoded."""

    media: MediaBody


class FrameReader:
    """One stream's."""

    __slots__ = ("_decode", "_wording")

    def __init__(self, decode: Callable[[bytes], MediaMessage], sequence_key: str) -> None:
        """`decode` reads a message, and raises `UNREADABLE`; `sequence_key` is what counts messages of all kinds."""
        self._decode = decode
        self._wording = Wording(("chunk", "timestamp"), (sequence_key,))

    def read(self, messages: list[bytes]) -> Frames | None:
        """What these hold; None where one of them is no audio."""
        run = self._wording.run(messages)
        if run is not None:
            return Run(*run, len(messages))
        try:
            bodies = [message.media for message in map(self._decode, messages)]
        except UNREADABLE:
            return None
        if bodies and bodies[-1].track == _INBOUND:
            self._wording.learn(messages[-1], bodies[-1].payload, (bodies[-1].chunk, bodies[-1].timestamp))
        return bodies
