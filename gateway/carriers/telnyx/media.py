"""Telnyx media streaming messages. Sans-I/O.

Wire reference: https://developers.telnyx.com/docs/voice/programmable-voice/media-streaming and
https://developers.telnyx.com/api-reference/websockets/stream-call-media-over-websocket
"""

from typing import Annotated, assert_never

import msgspec
from msgspec import Meta, Struct

from gateway.audio.formats import AudioFormat, ByteOrder, Encoding
from gateway.audio.worded import framed
from gateway.carriers.audio import Frames, MediaBody
from gateway.carriers.base import Digit, Greeted, MarkEchoed, MediaEvent, MediaStarted, MediaStopped, StreamFault
from gateway.carriers.faults import UNREADABLE, message_error
from gateway.carriers.frames import FrameReader
from gateway.errors import UnsupportedFormatError

RATES_HZ = frozenset({8000, 16000, 22050, 24000, 48000})
"""Every sampling rate that Telnyx' API knows."""
_CHANNELS = {Encoding.OPUS: (1, 2)}
"""Where it may be more than one: Opus is declared with two, mono or not, as each packet says (RFC 7587 §7)."""
_MAX_DETAIL_CHARACTERS = 200


class _Connected(Struct, tag_field="event", tag="connected"):
    """Without the `protocol` that Twilio's has."""


class _MediaFormat(Struct):
    encoding: str
    sample_rate: int = 8000
    channels: int = 1


class _StartBody(Struct):
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


class _ErrorBody(Struct):
    code: int | str = ""
    title: str = ""
    detail: str = ""


class _Error(Struct, tag_field="event", tag="error"):
    payload: _ErrorBody


_Control = _Connected | _Start | _Dtmf | _Mark | _Stop | _Error
_EVENTS = frozenset({"connected", "start", "media", "dtmf", "mark", "stop", "error"})
# Not strict: "sequence_number", "chunk" and "timestamp" are numbers written as strings.
_decoder = msgspec.json.Decoder(_Media | _Control, strict=False)
_frame_decoder = msgspec.json.Decoder(_Media, strict=False)


class TelnyxMedia:
    """Telnyx' media messages for the length of one stream."""

    __slots__ = ("_l16_byte_order", "_reader", "outgoing")

    in_order = False
    minimum_ms = 20

    def __init__(self, outgoing: AudioFormat, l16_byte_order: ByteOrder) -> None:
        self.outgoing = outgoing
        self._l16_byte_order = l16_byte_order
        self._reader = FrameReader(_frame_decoder.decode, "sequence_number")

    def decode(self, data: bytes) -> MediaEvent:
        try:
            message = _decoder.decode(data)
        except UNREADABLE as exc:
            raise message_error(data, exc, _EVENTS) from exc
        return message.media if isinstance(message, _Media) else self._event(message)

    def frames(self, messages: list[bytes]) -> Frames | None:
        return self._reader.read(messages)

    def media(self, payload: bytes) -> bytes:
        return framed(b'{"event":"media","media":{"payload":', payload, b"}}")

    def mark(self, name: str) -> bytes:
        return b'{"event":"mark","mark":{"name":' + msgspec.json.encode(name) + b"}}"

    def clear(self) -> bytes:
        return b'{"event":"clear"}'

    def _event(self, message: _Control) -> MediaEvent:
        match message:
            case _Start(start=start):
                return MediaStarted(self._format(start.media_format))
            case _Dtmf(dtmf=dtmf):
                return Digit(dtmf.digit)
            case _Mark(mark=mark):
                return MarkEchoed(mark.name)
            case _Stop():
                return MediaStopped()
            case _Error(payload=payload):
                detail = ": ".join(part for part in (payload.title, payload.detail) if part)
                return StreamFault(str(payload.code), detail[:_MAX_DETAIL_CHARACTERS])
            case _Connected():
                return Greeted()
            case _:
                assert_never(message)

    def _format(self, declared: _MediaFormat) -> AudioFormat:
        """What the caller will sound like: the call's codec, whatever the document asked for."""
        try:
            encoding = Encoding(declared.encoding.upper())
        except ValueError as exc:
            known = ", ".join(Encoding)
            detail = f"media_format.encoding must be one of {known}, not {declared.encoding[:40]!a}"
            raise UnsupportedFormatError(detail) from exc
        if declared.channels not in _CHANNELS.get(encoding, (1,)) or declared.sample_rate not in RATES_HZ:
            found = f"{declared.channels} of {declared.sample_rate} Hz"
            detail = f"media_format must be 1 channel of 8000, 16000, 22050, 24000 or 48000 Hz, not {found}"
            raise UnsupportedFormatError(detail)
        match encoding:
            case Encoding.G722:
                return AudioFormat(encoding)  # whatever rate is declared, it is the same G.722
            case Encoding.L16:
                return AudioFormat(encoding, declared.sample_rate, self._l16_byte_order)
            case _:
                return AudioFormat(encoding, declared.sample_rate)
