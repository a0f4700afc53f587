"""What a session received and sent, for tests to look at. Sans-I/O."""

from collections import deque
from dataclasses import dataclass, field
from typing import NewType

from gateway.sandbox.messages import AudioInput

SocketId = NewType("SocketId", int)
"""Counts the sockets of a sandbox from 1."""

_REMEMBERED = 256
"""Sequence numbers kept to tell a repeated message from a late one; 25 s of 100 ms chunks."""


@dataclass(slots=True)
class Received:
    """The audio that one speaker sent over one socket. Lists and audio stay empty unless audio is kept."""

    socket: SocketId
    speaker: str
    messages: int = 0
    byte_count: int = 0
    first_sequence: int = 0
    last_sequence: int = 0
    """Of the messages that came first and last, whatever came between."""
    first_ns: int = 0
    last_ns: int = 0
    """When those came, on the clock of `Moment.precise_ns`."""
    audio: bytearray = field(default_factory=bytearray)
    """μ-law, in order of arrival."""
    sequences: list[int] = field(default_factory=list)
    timestamps_ms: list[float] = field(default_factory=list)
    arrivals_ns: list[tuple[int, int]] = field(default_factory=list)
    """(bytes so far, nanoseconds) after each message, on the clock of `Moment.precise_ns`."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One `audio.output` that one socket was sent."""

    socket: SocketId
    speaker: str | None
    payload: bytes
    at_ns: int = 0
    """When, on the clock of `Moment.precise_ns`."""


class SequenceCheck:
    """Watches the `sequence` of one speaker, over all the sockets that brought it."""

    def __init__(self) -> None:
        self.last: int | None = None
        """The highest so far."""
        self.gaps = 0
        """How often numbers were left out."""
        self.duplicates = 0
        """How often a number came again."""
        self.late = 0
        """How often a number came after a higher one, for the first time as far as is remembered."""
        self._recent: deque[int] = deque(maxlen=_REMEMBERED)

    def see(self, sequence: int) -> None:
        """Take the next message's number."""
        if self.last is not None and sequence <= self.last:
            if sequence in self._recent:
                self.duplicates += 1
            else:
                self.late += 1
        else:
            if self.last is not None and sequence > self.last + 1:
                self.gaps += 1
            self.last = sequence
        self._recent.append(sequence)


class Journal:
    """Everything that went through a session, or only how much, where audio is not kept."""

    def __init__(self, *, keep_audio: bool) -> None:
        self._keep_audio = keep_audio
        self._by_source: dict[tuple[SocketId, str], Received] = {}
        self.sequences: dict[str, SequenceCheck] = {}
        """By speaker."""
        self.sent: list[Sent] = []
        """Empty unless audio is kept."""
        self.outputs = 0
        self.output_bytes = 0
        self.refused = 0
        """Messages answered with `session.error`."""

    @property
    def received(self) -> list[Received]:
        """What each speaker sent over each socket, in the order they first spoke."""
        return list(self._by_source.values())

    def take(self, socket: SocketId, message: AudioInput, at_ns: int = 0) -> None:
        """Write down an `audio.input`."""
        speaker = message.speaker
        source = self._by_source.get((socket, speaker))
        if source is None:
            source = Received(socket, speaker, first_sequence=message.sequence, first_ns=at_ns)
            self._by_source[(socket, speaker)] = source
            self.sequences.setdefault(speaker, SequenceCheck())
        source.messages += 1
        source.byte_count += len(message.audio.payload)
        source.last_sequence, source.last_ns = message.sequence, at_ns
        self.sequences[speaker].see(message.sequence)
        if self._keep_audio:
            source.audio += message.audio.payload
            source.sequences.append(message.sequence)
            source.timestamps_ms.append(message.timestamp_ms)
            source.arrivals_ns.append((source.byte_count, at_ns))

    def give(self, socket: SocketId, speaker: str | None, payload: bytes, at_ns: int = 0) -> None:
        """Write down an `audio.output` for one socket."""
        self.outputs += 1
        self.output_bytes += len(payload)
        if self._keep_audio:
            self.sent.append(Sent(socket, speaker, payload, at_ns))

    def audio(self, speaker: str) -> bytes:
        """All that a speaker sent, socket after socket in the order the speaker first used them."""
        return b"".join(bytes(source.audio) for source in self.received if source.speaker == speaker)

    def output(self, socket: SocketId | None = None) -> bytes:
        """All that one socket, or every socket, was sent."""
        return b"".join(sent.payload for sent in self.sent if socket in (None, sent.socket))
