"""Reads a stream's `audio.output`, nearly all of what Kallglot sends. Sans-I/O."""

from gateway.audio.formats import PCMU_8K, AudioFormat
from gateway.audio.worded import Wording
from gateway.kallglot.messages import AudioBody


class OutputReader:
    """One stream's."""

    __slots__ = ("_wording", "format")

    def __init__(self) -> None:
        self._wording = Wording((), ("sequence", "timestamp_ms"))
        self.format: AudioFormat = PCMU_8K
        """Of what `read` answers."""

    def read(self, message: bytes) -> bytes | None:
        """The audio of a message that is worded as one before; None of any other, which has to be decoded."""
        return self._wording.payload(message)

    def learn(self, message: bytes, body: AudioBody) -> AudioFormat:
        """Such a message was decoded to this; the format of its audio.

        Raises:
            MessageError: it is none of telephony's.
        """
        found = body.format
        if self._wording.learn(message, body.payload):
            self.format = found
        return found
