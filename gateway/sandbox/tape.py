"""What a session's parties said, laid on one time line: what a recording is made from. Sans-I/O."""

import audioop

from msgspec import Struct

BYTES_PER_MS = 8
"""μ-law at 8 kHz."""
SILENCE = b"\xff"
JITTER_MS = 400
"""Audio that is late by less than this joins on to what came before: chunks come 100–200 ms apart."""


class Track(Struct):
    """One party's audio."""

    ulaw: bytearray

    def put(self, offset_ms: int, ulaw: bytes) -> None:
        """Lay audio that arrived `offset_ms` after the start; its end is when it arrived, where that leaves a gap."""
        begins = offset_ms * BYTES_PER_MS - len(ulaw)
        gap = begins - len(self.ulaw)
        if gap > JITTER_MS * BYTES_PER_MS:
            self.ulaw += SILENCE * gap
        self.ulaw += ulaw


class Tape(Struct):
    """The parties' tracks from the session's first audio on; they begin empty and may be written to a file."""

    customer: Track
    agent: Track
    kallglot: Track
    """What was said in reply, on the stream."""
    began_ms: int | None = None
    """Unix milliseconds."""

    def hear(self, speaker: str, ulaw: bytes, unix_ms: int) -> None:
        """A speaker said it; whoever is not the agent is the customer, as in the documents' samples."""
        track = self.agent if speaker == "agent" else self.customer
        track.put(self._offset_ms(unix_ms), ulaw)

    def say(self, ulaw: bytes, unix_ms: int) -> None:
        """Kallglot said it."""
        self.kallglot.put(self._offset_ms(unix_ms), ulaw)

    def channels(self) -> tuple[bytes, bytes]:
        """The two parties' 16-bit audio, of one length: the customer; the agent, or where none spoke, Kallglot."""
        other = self.agent.ulaw or self.kallglot.ulaw
        length = max(len(self.customer.ulaw), len(other))
        return _linear(self.customer.ulaw, length), _linear(other, length)

    @property
    def length_ms(self) -> int:
        """How long it is."""
        return max(len(self.customer.ulaw), len(self.agent.ulaw or self.kallglot.ulaw)) // BYTES_PER_MS

    def _offset_ms(self, unix_ms: int) -> int:
        if self.began_ms is None:
            self.began_ms = unix_ms
        return unix_ms - self.began_ms


def new_tape() -> Tape:
    """One on which nothing is recorded."""
    return Tape(Track(bytearray()), Track(bytearray()), Track(bytearray()))


def _linear(ulaw: bytearray, length: int) -> bytes:
    return audioop.ulaw2lin(bytes(ulaw).ljust(length, SILENCE), 2)
