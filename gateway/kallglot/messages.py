"""The session stream's messages. Sans-I/O.

Wire reference: https://developer.kallglot.com/quickstart, "Connect to the WebSocket", and
https://developer.kallglot.com/api-reference/streaming/websocket. Only the fields shown there are relied upon; every
other one is optional, and what is in nobody's way is ignored.
"""

from functools import lru_cache

import msgspec
from msgspec import Struct

from gateway.audio.formats import PCMU_8K, AudioFormat, ByteOrder, Encoding
from gateway.audio.worded import framed
from gateway.errors import MessageError, MessageFault

PING = b'{"type":"ping"}'
"""Answered by `pong`."""

SESSION_END = b'{"type":"session.end"}'
"""Ends the session; answered by `session.ended` with the reason `explicit_end`."""

_ENCODINGS = {
    "mulaw": Encoding.PCMU,
    "ulaw": Encoding.PCMU,
    "pcmu": Encoding.PCMU,
    "alaw": Encoding.PCMA,
    "pcma": Encoding.PCMA,
    "pcm_s16le": Encoding.L16,
    "pcm16": Encoding.L16,
    "l16": Encoding.L16,
    "linear16": Encoding.L16,
}
"""Kallglot's `mulaw`, and the names that others give to what it might send one day."""

_LOWEST_HZ, _HIGHEST_HZ = 8000, 48_000
"""Telephony's rate to the highest that speech is synthesised at."""

_QUOTED = 60
"""Characters of a peer's value that an error repeats."""


class SessionReady(Struct, tag="session.ready"):
    """Audio may be sent."""


class Translation(Struct):
    """A turn in the other party's language."""

    text: str
    language: str | None = None


class TranscriptPartial(Struct, tag="transcript.partial"):
    """What a speaker has said so far; may still change."""

    text: str
    speaker: str | None = None
    language: str | None = None
    translation: Translation | None = None


class TranscriptFinal(Struct, tag="transcript.final"):
    """What a speaker said."""

    text: str
    speaker: str | None = None
    language: str | None = None
    translation: Translation | None = None


class AudioBody(Struct, gc=False):
    """The `audio` object of `audio.output`."""

    payload: bytes
    """Decoded from base64."""
    encoding: str | None = None
    sample_rate_hz: float | None = None
    sample_rate: float | None = None

    @property
    def format(self) -> AudioFormat:
        """What the payload is: μ-law at 8 kHz unless it says otherwise.

        Raises:
            MessageError: it names an encoding or a rate that is none of telephony's.
        """
        if self.encoding is None and self.sample_rate_hz is None and self.sample_rate is None:
            return PCMU_8K
        return _format(self.encoding or "mulaw", self.sample_rate_hz or self.sample_rate or PCMU_8K.rate_hz)


class AudioOutput(Struct, tag="audio.output", gc=False):
    """Audio to play to the caller. What else it may say is undocumented, and must not cost the caller the audio."""

    audio: AudioBody


class Pong(Struct, tag="pong"):
    """The answer to `ping`."""


class SessionEnded(Struct, tag="session.ended"):
    """The session is over; nothing follows."""


class StreamFailure(Struct):
    """The `error` object of `session.error`."""

    message: str | None = None
    code: str | int | None = None


class SessionError(Struct, tag="session.error"):
    """Kallglot could not do something; whether the session goes on is not documented."""

    error: StreamFailure | str | None = None
    outer_code: str | int | None = msgspec.field(default=None, name="code")
    outer_message: str | None = msgspec.field(default=None, name="message")

    @property
    def code(self) -> str:
        """Kallglot's code, `invalid_audio_format` say, inside `error` or beside it; "" where it gave none."""
        inner = self.error.code if isinstance(self.error, StreamFailure) else None
        return str(next((code for code in (inner, self.outer_code) if code is not None), ""))

    @property
    def message(self) -> str:
        """Kallglot's words, or "" where it found none."""
        inner = self.error.message if isinstance(self.error, StreamFailure) else self.error
        return inner or self.outer_message or ""


class Unknown(Struct):
    """A message of a `type` that is not documented, "" where it has none; to be counted and ignored."""

    type: str = ""


_Known = SessionReady | TranscriptPartial | TranscriptFinal | AudioOutput | Pong | SessionEnded | SessionError

ServerMessage = _Known | Unknown

MESSAGE_TYPES = frozenset(str(message.__struct_config__.tag) for message in _Known.__args__)
"""The `type`s that are documented."""

_decoder: msgspec.json.Decoder[_Known] = msgspec.json.Decoder(_Known)
_type_decoder = msgspec.json.Decoder(Unknown)


def decode(data: bytes | memoryview) -> ServerMessage:
    """Read one WebSocket text message.

    Raises:
        MessageError: it is not JSON, or not what its `type` documents.
    """
    try:
        return _decoder.decode(data)
    except msgspec.ValidationError as exc:
        return _without_known_type(data, exc)
    except ValueError as exc:  # malformed JSON, or bytes that are not UTF-8
        raise MessageError(MessageFault.NOT_JSON, str(exc)) from exc
    except RecursionError as exc:
        raise MessageError(MessageFault.NOT_A_MESSAGE, "nested too deeply") from exc


def _without_known_type(data: bytes | memoryview, refused: msgspec.ValidationError) -> Unknown:
    """The message as an unknown one, if its type is the only reason why it was refused."""
    try:
        message = _type_decoder.decode(data)
    except (ValueError, RecursionError):
        message = None
    if message is not None and message.type not in MESSAGE_TYPES:
        return message
    fault = MessageFault.BAD_BASE64 if "base64" in str(refused) else MessageFault.NOT_A_MESSAGE
    raise MessageError(fault, str(refused)) from refused


@lru_cache(maxsize=64)
def _format(encoding: str, rate_hz: float) -> AudioFormat:
    known = _ENCODINGS.get(encoding.lower())
    if known is None:
        raise MessageError(
            MessageFault.NOT_A_MESSAGE,
            f"audio.encoding must be one of {', '.join(_ENCODINGS)}, not {encoding[:_QUOTED]!r}",
        )
    if not _LOWEST_HZ <= rate_hz <= _HIGHEST_HZ or rate_hz % 1:
        raise MessageError(MessageFault.NOT_A_MESSAGE, f"audio.sample_rate_hz must be 8000 to 48000, not {rate_hz:g}")
    order = ByteOrder.LITTLE if known is Encoding.L16 else ByteOrder.BIG
    return AudioFormat(known, int(rate_hz), order)


class AudioInput:
    """Writes one speaker's `audio.input` messages: μ-law at 8 kHz, all that Kallglot takes."""

    __slots__ = ("_template",)

    def __init__(self, speaker: str) -> None:
        self._template = (
            b'{"type":"audio.input","sequence":%%d,"timestamp_ms":%%d,"speaker":%b,'
            b'"audio":{"encoding":"mulaw","sample_rate_hz":8000,"payload":'
        ) % msgspec.json.encode(speaker).replace(b"%", b"%%")

    def encode(self, sequence: int, timestamp_ms: int, ulaw: bytes) -> bytes:
        """One chunk; `timestamp_ms` is the Unix time of its first sample."""
        return framed(self._template % (sequence, timestamp_ms), ulaw, b"}}")
