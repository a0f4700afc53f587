"""The messages of the session stream, both ways. Sans-I/O.

Documents: quick start ("Connect to the WebSocket") for the types and their fields, the stream page for `ping`,
`session.end` and "only μ-law 8 kHz mono is accepted". The keys of `session.error` are those of a REST error.
"""

import msgspec
from msgspec import Struct

from gateway.sandbox.bodies import NO_WHOLE_NUMBER, with_whole_numbers
from gateway.sandbox.refusals import ErrorBody, ErrorType, Refused
from gateway.sandbox.transcript import Translation


class InputAudio(Struct, gc=False):
    """The `audio` object of an `audio.input`."""

    payload: bytes
    """Decoded from base64."""
    encoding: str = ""
    sample_rate_hz: int = 0
    channels: int = 1
    """Undocumented, but a client that says 2 has not sent mono."""


class AudioInput(Struct, tag_field="type", tag="audio.input", gc=False):
    """Some audio of one speaker."""

    sequence: int
    timestamp_ms: float
    speaker: str
    audio: InputAudio


class Ping(Struct, tag_field="type", tag="ping"):
    """Asks for a `pong`."""


class SessionEnd(Struct, tag_field="type", tag="session.end"):
    """Ends the session."""


ClientMessage = AudioInput | Ping | SessionEnd

CLIENT_TYPES = ("audio.input", "ping", "session.end")
"""What a client may send; there is nothing else (stream page)."""

FORMAT = ("audio.encoding", "audio.sample_rate_hz", "audio.channels")
"""What says that audio is what v1 accepts: "anything else gets" `invalid_audio_format`, a rate in quotes too."""


class SessionReady(Struct, tag_field="type", tag="session.ready"):
    """The first message on every socket."""

    session_id: str


class Pong(Struct, tag_field="type", tag="pong"):
    """Answers a `ping`."""

    session_id: str


class TranscriptPartial(Struct, tag_field="type", tag="transcript.partial", omit_defaults=True):
    """What is known of a turn that still goes on."""

    session_id: str
    speaker: str
    text: str
    language: str | None = None


class TranscriptFinal(Struct, tag_field="type", tag="transcript.final", omit_defaults=True):
    """A turn that has ended, as it will stand in the transcript."""

    session_id: str
    sequence: int
    speaker: str
    text: str
    timestamp: str
    language: str | None = None
    translation: Translation | None = None
    confidence: float | None = None


class OutputAudio(Struct, omit_defaults=True):
    """The `audio` object of an `audio.output`."""

    payload: bytes
    """Encoded as base64."""
    encoding: str | None = None
    sample_rate_hz: int | None = None


class AudioOutput(Struct, tag_field="type", tag="audio.output", omit_defaults=True):
    """Audio to be played to whoever listens on the socket."""

    session_id: str
    sequence: int
    """Counts the session's outputs from 1."""
    timestamp_ms: int
    """Unix milliseconds of sending."""
    audio: OutputAudio
    speaker: str | None = None
    """Whose words they are."""


class SessionEnded(Struct, tag_field="type", tag="session.ended"):
    """The last message on every socket."""

    session_id: str
    reason: str


class SessionError(Struct, tag_field="type", tag="session.error"):
    """A message was refused; the stream goes on."""

    session_id: str
    error: ErrorBody


ServerMessage = SessionReady | Pong | TranscriptPartial | TranscriptFinal | AudioOutput | SessionEnded | SessionError

_decoder: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
_encoder = msgspec.json.Encoder()


class _Typed(Struct):
    type: str


_typed_decoder = msgspec.json.Decoder(_Typed)


def decode(data: str | bytes | None) -> ClientMessage:
    """Read what a client sent: a text message, or a binary one, for which None stands.

    Raises:
        Refused: its `error()` is what the `session.error` says.
    """
    if data is None:
        raise _refused("The stream takes text messages, not binary ones.")
    try:
        message = _decode(data)
    except msgspec.ValidationError as exc:
        raise _explain(data, str(exc)) from exc
    except (msgspec.DecodeError, UnicodeError, RecursionError) as exc:
        raise _refused(f"The message is not valid JSON: {exc}") from exc
    if isinstance(message, AudioInput):
        check_audio(message)
    return message


def check_audio(message: AudioInput) -> None:
    """Make sure that it is what v1 accepts.

    Raises:
        Refused: `invalid_audio_format`, quoting what was sent.
    """
    audio = message.audio
    if audio.encoding != "mulaw":
        raise _bad_audio("audio.encoding", f"'audio.encoding' must be 'mulaw', not '{audio.encoding}'.")
    if audio.sample_rate_hz != 8000:
        raise _bad_audio("audio.sample_rate_hz", f"'audio.sample_rate_hz' must be 8000, not {audio.sample_rate_hz}.")
    if audio.channels != 1:
        raise _bad_audio("audio.channels", f"The audio must be mono, not {audio.channels} channels.")
    if not message.speaker:
        raise _refused("'speaker' must not be empty.", "speaker")


def encode(message: ServerMessage) -> bytes:
    """Write what the server sends: one WebSocket text message."""
    return _encoder.encode(message)


def _decode(data: str | bytes) -> ClientMessage:
    try:
        return _decoder.decode(data)
    except msgspec.ValidationError as exc:
        if NO_WHOLE_NUMBER not in str(exc):
            raise
        message: ClientMessage = msgspec.convert(with_whole_numbers(msgspec.json.decode(data)), ClientMessage)
        return message


def _explain(data: str | bytes, found: str) -> Refused:
    """Say what is wrong with JSON that is not a message; slow, for the rare case."""
    try:
        kind = _typed_decoder.decode(data).type
    except msgspec.ValidationError:
        return _refused("A message must be a JSON object with a 'type'.", "type")
    if kind not in CLIENT_TYPES:
        return _refused(f"'type' must be {', '.join(CLIENT_TYPES)}, not '{kind}'.", "type")
    if "base64" in found:
        return _bad_audio("audio.payload", "'audio.payload' must be base64.")
    for param in FORMAT:
        if found.endswith(f"`$.{param}`"):
            return _bad_audio(param, f"'{param}': {found.partition(' - at ')[0]}.")
    return _refused(f"The message is not a valid '{kind}': {found}.")


def _refused(message: str, param: str | None = None) -> Refused:
    return Refused(400, "invalid_request", message, kind=ErrorType.VALIDATION, param=param)


def _bad_audio(param: str, message: str) -> Refused:
    return Refused(400, "invalid_audio_format", message, kind=ErrorType.VALIDATION, param=param)
