"""What happened on one call and how each of its seconds was, in at most 64 KiB. Sans-I/O.

Events are kept whole; when there is no more room for seconds, the older ones are merged two by two, so that a long
call's beginning becomes coarser and its last ten minutes stay sharp. Seconds lie in their packed form from the start: a
thousand calls must not hold millions of small objects.
"""

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec
from msgspec import Struct

from gateway.errors import RecordingError
from gateway.telemetry.carrier_codes import code_of

VERSION = 1
"""Of the encoding. A change of an `EventKind` or of a second's fields is a new one."""

LIMIT_BYTES = 64 * 1024
"""Of one call's recording, encoded."""

_MAX_EVENTS = 256
_MAX_DETAIL_BYTES = 64
_EVENT_BYTES = 96
"""At most, encoded: time, kind, detail and the heads msgpack gives them."""
_FIRST_EVENTS = 64
"""Of more events than there is room for, these and the latest are kept."""

_SECOND = struct.Struct("<IHbbHHHH")
_SPAN = struct.Struct("<4xH")
_HEAD_BYTES = 64
MAX_SECONDS = (LIMIT_BYTES - _HEAD_BYTES - _MAX_EVENTS * _EVENT_BYTES) // _SECOND.size

_CODE = re.compile(r"[0-9]{1,6}|[a-z]+(_[a-z]+)*")

_NO_AUDIO = -128
"""Below digital silence, which is -127."""
_MOST = 0xFFFF
_LATEST = 0xFFFFFFFF


class EventKind(StrEnum):
    """What can happen to a call."""

    WEBHOOK = "webhook"
    SESSION_CREATED = "session_created"
    SESSION_REFUSED = "session_refused"
    """Detail: Kallglot's code."""
    MEDIA_OPEN = "media_open"
    """The carrier opened its media socket."""
    MEDIA_STARTED = "media_started"
    STREAM_OPEN = "stream_open"
    """The stream to Kallglot is open."""
    READY = "ready"
    """Kallglot takes audio."""
    FIRST_AUDIO_IN = "first_audio_in"
    FIRST_AUDIO_OUT = "first_audio_out"
    DIGIT = "digit"
    """The caller pressed a key; which is nobody's business."""
    INTERRUPTED = "interrupted"
    """The caller spoke, and what was being said was thrown away."""
    MEDIA_LOST = "media_lost"
    """Detail: the socket's close code."""
    STREAM_LOST = "stream_lost"
    CARRIER_FAULT = "carrier_fault"
    """Detail: the carrier's code."""
    KALLGLOT_ERROR = "kallglot_error"
    """Detail: Kallglot's code."""
    RESUMED = "resumed"
    FLAG = "flag"
    """Detail: a `Flag`, and the direction where it has one."""
    FLAG_OVER = "flag_over"
    END = "end"
    """Detail: an `EndReason`."""


class BoxEvent(Struct, frozen=True, array_like=True):
    """Something that happened."""

    at_ms: int
    """Since the recording began."""
    kind: EventKind
    detail: str = ""


@dataclass(frozen=True, slots=True)
class BoxSecond:
    """One second's figures, or those of several that were merged: the worst of them, and the sum of the gaps."""

    at_ms: int
    """Since the recording began, at its end."""
    span_s: int
    heard_dbov: int | None
    """The caller's level; None without audio."""
    said_dbov: int | None
    jitter_tenths_ms: int
    gap_frames: int
    latency_ms: int
    """What the audio waited in the gateway."""
    queue_ms: int
    """What the caller had yet to hear."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A black box, opened."""

    began_ms: int
    """Unix ms."""
    events: Sequence[BoxEvent]
    seconds: Sequence[BoxSecond]
    left_out: int
    """Events for which there was no room."""


class _Header(Struct, frozen=True, array_like=True):
    version: int


class _Encoded(Struct, frozen=True, array_like=True):
    version: int
    began_ms: int
    left_out: int
    events: list[BoxEvent]
    seconds: bytes


_headers = msgspec.msgpack.Decoder(_Header)
_decoder = msgspec.msgpack.Decoder(_Encoded)
_encoder = msgspec.msgpack.Encoder()


class BlackBox:
    """Records one call, through all its sockets."""

    def __init__(self, began_ms: int, *, max_seconds: int = MAX_SECONDS) -> None:
        """`began_ms` and all times below are Unix ms: the call may go on in another replica."""
        self._began_ms = began_ms
        self._max_bytes = max_seconds * _SECOND.size
        self._events: list[BoxEvent] = []
        self._left_out = 0
        self._seconds = bytearray()
        self._merge_at = 0
        """Before it, seconds have been merged in this round."""
        self._coarsest_s = 2
        """What one entry may stand for in this round."""

    @classmethod
    def resumed(cls, data: bytes) -> "BlackBox":
        """Go on where an encoded recording ends.

        Raises:
            RecordingError: it is none, or of another version.
        """
        encoded = _decoded(data)
        box = cls(encoded.began_ms)
        box._left_out = encoded.left_out
        box._events = encoded.events
        box._seconds += encoded.seconds
        return box

    def event(self, kind: EventKind, at_ms: int, detail: str = "") -> None:
        """Something happened; of a digit nothing more is kept."""
        text = "" if kind is EventKind.DIGIT else _short(detail)
        self._events.append(BoxEvent(self._offset_ms(at_ms), kind, text))
        if len(self._events) > _MAX_EVENTS:
            del self._events[_FIRST_EVENTS]
            self._left_out += 1

    def has(self, kind: EventKind, detail: str | None = None) -> bool:
        """Whether it happened to the call, with any detail or with this one."""
        return any(event.kind is kind and detail in (None, event.detail) for event in self._events)

    def second(
        self,
        at_ms: int,
        *,
        heard_dbov: int | None,
        said_dbov: int | None,
        jitter_ms: float = 0.0,
        gap_frames: int = 0,
        latency_ms: int = 0,
        queue_ms: int = 0,
    ) -> None:
        """A second went by; figures beyond what is kept count as the most that is."""
        if len(self._seconds) >= self._max_bytes:
            self._merge()
        self._seconds += _SECOND.pack(
            self._offset_ms(at_ms),
            1,
            _NO_AUDIO if heard_dbov is None else heard_dbov,
            _NO_AUDIO if said_dbov is None else said_dbov,
            _fitting(round(jitter_ms * 10)),
            _fitting(gap_frames),
            _fitting(latency_ms),
            _fitting(queue_ms),
        )

    def encode(self) -> bytes:
        """The recording as the store keeps it, at most `LIMIT_BYTES`."""
        encoded = _Encoded(VERSION, self._began_ms, self._left_out, self._events, bytes(self._seconds))
        return _encoder.encode(encoded)

    def _offset_ms(self, at_ms: int) -> int:
        return min(_LATEST, max(0, at_ms - self._began_ms))

    def _merge(self) -> None:
        """Make room for one second: two neighbours become one."""
        start = self._pair_to_merge() * _SECOND.size
        end = start + 2 * _SECOND.size
        one, other = _SECOND.iter_unpack(self._seconds[start:end])
        worst = tuple(map(max, one, other))
        span_s, gap_frames = _fitting(one[1] + other[1]), _fitting(one[5] + other[5])
        self._seconds[start:end] = _SECOND.pack(other[0], span_s, *worst[2:5], gap_frames, *worst[6:])

    def _pair_to_merge(self) -> int:
        """The oldest pair after the last one that is not coarse yet; when all are, twice as coarse is the next aim."""
        sharp_from = max(1, self._max_bytes // _SECOND.size * 3 // 4 - 1)
        while True:
            for at in range(self._merge_at, sharp_from):
                if self._span_s(at) + self._span_s(at + 1) <= self._coarsest_s:
                    self._merge_at = at + 1
                    return at
            if self._merge_at == 0:
                self._coarsest_s *= 2
            self._merge_at = 0

    def _span_s(self, at: int) -> int:
        span_s: int = _SPAN.unpack_from(self._seconds, at * _SECOND.size)[0]
        return span_s


def decode(data: bytes) -> Recording:
    """Open an encoded recording.

    Raises:
        RecordingError: it is none, or of another version.
    """
    encoded = _decoded(data)
    return Recording(encoded.began_ms, encoded.events, list(_unpacked(encoded.seconds)), encoded.left_out)


def word(code: str) -> str:
    """A peer's code as a detail where it looks like one, else `other`: no number and no name is to hide in it."""
    return code if _CODE.fullmatch(code) else "other"


def carrier_code(error: str) -> str:
    """The code that a carrier's complaint begins with, as a detail."""
    return word(code_of(error))


def _decoded(data: bytes) -> _Encoded:
    try:
        version = _headers.decode(data).version
        if version != VERSION:
            raise RecordingError(f"a black box of version {version}; this gateway reads version {VERSION}")
        encoded = _decoder.decode(data)
    except msgspec.DecodeError as exc:
        raise RecordingError(f"not a black box: {exc}") from exc
    if len(encoded.seconds) % _SECOND.size:
        raise RecordingError(f"not a black box: {len(encoded.seconds)} bytes of seconds, {_SECOND.size} each")
    return encoded


def _unpacked(seconds: bytes) -> Iterator[BoxSecond]:
    for at_ms, span_s, heard, said, *others in _SECOND.iter_unpack(seconds):
        yield BoxSecond(at_ms, span_s, _level(heard), _level(said), *others)


def _level(stored: int) -> int | None:
    return None if stored == _NO_AUDIO else stored


def _fitting(figure: int) -> int:
    return min(_MOST, max(0, figure))


def _short(detail: str) -> str:
    """A detail without what would break a line, cut to its share of the room."""
    printable = "".join(character for character in detail if character.isprintable())
    return printable.encode(errors="replace")[:_MAX_DETAIL_BYTES].decode(errors="ignore")
