"""What is counted on one call: plain integers, added to on the audio path and read when somebody asks."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum

from gateway.calls import Direction
from gateway.errors import MessageFault


class DropReason(StrEnum):
    """Why audio was thrown away; the `reason` label of `gateway_media_frames_dropped_total` beside `MessageFault`."""

    BEFORE_START = "before_start"
    """The carrier sent audio before saying what it is."""
    OTHER_TRACK = "other_track"
    """The carrier sent us what we played."""
    NOT_READY = "not_ready"
    """Kallglot was not ready for so long that the oldest audio had to go."""
    QUEUE_FULL = "queue_full"
    """Kallglot sent more than is kept for one caller."""
    CLEARED = "cleared"
    """The caller spoke and what was queued was thrown away."""


class StreamMessage(StrEnum):
    """What Kallglot sent; the `type` label of `gateway_kallglot_stream_messages_total`."""

    SESSION_READY = "session.ready"
    AUDIO_OUTPUT = "audio.output"
    TRANSCRIPT_PARTIAL = "transcript.partial"
    TRANSCRIPT_FINAL = "transcript.final"
    PONG = "pong"
    SESSION_ENDED = "session.ended"
    SESSION_ERROR = "session.error"
    UNKNOWN = "unknown"
    """A `type` that is not documented, or none."""
    BINARY = "binary"


@dataclass
class CallCounts:
    """One call's figures. Frames are the carrier's messages; times are milliseconds of audio."""

    frames_in: int = 0
    bytes_in: int = 0
    frames_out: int = 0
    bytes_out: int = 0
    gap_frames: int = 0
    """Frames the caller's audio lacked, 20 ms each."""
    reordered: int = 0
    duplicates: int = 0
    late: int = 0
    """Frames that came after their place had been given up."""
    odd_frames: int = 0
    """Frames that did not hold 20 ms."""
    stalls: int = 0
    """Times without any frame for longer than `media.stall_ms`."""
    underruns: int = 0
    """Times the carrier ran out of audio in the middle of an utterance."""
    concealed_ms: int = 0
    """Silence put where the caller's audio was missing."""
    chunks_out: int = 0
    """`audio.input` messages sent to Kallglot."""
    outputs_in: int = 0
    """`audio.output` messages received from Kallglot."""
    marks_sent: int = 0
    marks_played: int = 0
    marks_cleared: int = 0
    digits: int = 0
    clears: int = 0
    heard_ms: int = 0
    """Audio from Kallglot that the carrier confirmed as played."""
    other_messages: Counter[StreamMessage] = field(default_factory=Counter)
    """From Kallglot, beside `outputs_in`."""
    carrier_faults: Counter[str] = field(default_factory=Counter)
    """What the carrier complained about, by its code."""
    dropped: Counter[tuple[Direction, DropReason | MessageFault]] = field(default_factory=Counter)

    def add_messages(self, totals: Counter[StreamMessage]) -> None:
        """All from Kallglot, on top of what others had."""
        totals.update(self.other_messages)
        totals[StreamMessage.AUDIO_OUTPUT] += self.outputs_in

    def with_earlier(self, earlier: Mapping[str, int]) -> dict[str, int]:
        """The plain figures by name, added to those of the call's sockets before this one."""
        return {name: getattr(self, name) + earlier.get(name, 0) for name in _PLAIN}


_PLAIN = tuple(attribute.name for attribute in fields(CallCounts) if attribute.default == 0)
