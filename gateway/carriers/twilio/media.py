"""Twilio Media Streams messages. Sans-I/O.

Wire reference: https://www.twilio.com/docs/voice/media-streams/websocket-messages
"""

from typing import Annotated, assert_never

import msgspec
from msgspec import Meta, Struct

from gateway.audio.formats import PCMU_8K, AudioFormat
from gateway.audio.worded import framed
from gateway.carriers.audio import Frames, MediaBody
from gateway.carriers.base import Digit, Greeted, MarkEchoed, MediaEvent, MediaStarted, MediaStopped
from gateway.carriers.faults import UNREADABLE, message_error
from gateway.carriers.frames import FrameReader
from gateway.errors import LocalStateError, UnsupportedFormatError


class _Connected(Struct, tag_field="event", tag="connected"):
    pass


class _MediaFormat(Struct, rename="camel"):
    encoding: str
    sample_rate: int = 8000
    channels: int = 1


class _StartBody(Struct, rename="camel"):
    stream_sid: str
    media_format: _MediaFormat


class _Start(Struct, tag_field="event", tag="start"):
    start: _StartBody


class _Media(Struct, tag_field="event", tag="media", gc=False):
    media: MediaBody


class _DtmfBody(Struct):
    digit: Annotated[str, Meta(min_length=1, max_length=1)]


class _Dtmf(Struct, tag_field="event", tag="dtmf"):
    dtmf: _DtmfBody


class _MarkBody(Struct):
    name: str


class _Mark(Struct, tag_field="event", tag="mark"):
    mark: _MarkBody


class _Stop(Struct, tag_field="event", tag="stop"):
    pass


_EVENTS = frozenset({"connected", "start", "media", "dtmf", "mark", "stop"})
# Not strict: "sequenceNumber", "chunk" and "timestamp" are numbers written as strings.
_decoder = msgspec.json.Decoder(_Connected | _Start | _Media | _Dtmf | _Mark | _Stop, strict=False)
_frame_decoder = msgspec.json.Decoder(_Media, strict=False)


class TwilioMedia:
    """Twilio's media messages for the length of one stream."""

    __slots__ = ("_media", "_reader", "_stream")

    in_order = True
    outgoing: AudioFormat = PCMU_8K
    minimum_ms = 0

    def __init__(self) -> None:
        self._stream: bytes | None = None
        self._media = b""
        self._reader = FrameReader(_frame_decoder.decode, "sequenceNumber")

    def decode(self, data: bytes) -> MediaEvent:
        try:
            message = _decoder.decode(data)
        except UNREADABLE as exc:
            raise message_error(data, exc, _EVENTS) from exc
        if type(message) is _Media:
            return message.media
        match message:
            case _Start(start=start):
                return self._started(start)
            case _Dtmf(dtmf=dtmf):
                return Digit(dtmf.digit)
            case _Mark(mark=mark):
                return MarkEchoed(mark.name)
            case _Stop():
                return MediaStopped()
            case _Connected():
                return Greeted()
            case _:
                assert_never(message)

    def frames(self, messages: list[bytes]) -> Frames | None:
        return self._reader.read(messages)

    def media(self, payload: bytes) -> bytes:
        if self._stream is None:
            raise LocalStateError("media for Twilio before its start: the stream's id is not known")
        return framed(self._media, payload, b"}}")

    def mark(self, name: str) -> bytes:
        return self._event("mark") + b',"mark":{"name":' + msgspec.json.encode(name) + b"}}"

    def clear(self) -> bytes:
        return self._event("clear") + b"}"

    def _started(self, start: _StartBody) -> MediaStarted:
        _check_format(start.media_format)
        # Twilio refuses messages with fields it does not know (warning 31951), so these and no others.
        self._stream = msgspec.json.encode(start.stream_sid)
        self._media = self._event("media") + b',"media":{"payload":'
        return MediaStarted(PCMU_8K)

    def _event(self, event: str) -> bytes:
        if self._stream is None:
            raise LocalStateError(f"{event} for Twilio before its start: the stream's id is not known")
        return b'{"event":"%b","streamSid":%b' % (event.encode(), self._stream)


def _check_format(found: _MediaFormat) -> None:
    """Twilio speaks μ-law at 8 kHz and nothing else; were that to change we must not take it for noise."""
    if (found.encoding, found.sample_rate, found.channels) != ("audio/x-mulaw", 8000, 1):
        described = f"{found.encoding[:40]!r}, {found.sample_rate} Hz, {found.channels} channels"
        detail = f"mediaFormat must be 'audio/x-mulaw', 8000 Hz, 1 channel, not {described}"
        raise UnsupportedFormatError(detail)
