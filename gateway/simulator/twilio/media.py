"""Twilio Media Streams messages, from Twilio's side. Sans-I/O.

Wire reference: https://www.twilio.com/docs/voice/media-streams/websocket-messages
"""

import base64
from collections.abc import Mapping
from typing import assert_never

import msgspec
from msgspec import Struct

from gateway.simulator.dialect import Clear, Complaint, Mark, Media, Received

MALFORMED_MESSAGE = "31950"
INVALID_MESSAGE = "31951"
BUFFER_OVERFLOW = "31930"


class _MediaBody(Struct, forbid_unknown_fields=True):
    payload: str


class _MarkBody(Struct, forbid_unknown_fields=True):
    name: str


class _Message(Struct, tag_field="event", rename="camel", forbid_unknown_fields=True):
    stream_sid: str


class _Media(_Message, tag="media"):
    media: _MediaBody


class _Mark(_Message, tag="mark"):
    mark: _MarkBody


class _Clear(_Message, tag="clear"):
    pass


_decoder: msgspec.json.Decoder[_Media | _Mark | _Clear] = msgspec.json.Decoder(_Media | _Mark | _Clear)


class TwilioStream:
    """One stream's messages; those that are numbered count from "1"."""

    congestion = BUFFER_OVERFLOW

    def __init__(self, *, stream_sid: str, call_sid: str, account_sid: str, parameters: Mapping[str, str]) -> None:
        self._stream_sid = stream_sid
        self._call = {"accountSid": account_sid, "callSid": call_sid}
        self._parameters = parameters
        self._sequence = 0
        self._chunk = 0

    def connected(self) -> str:
        return _json({"event": "connected", "protocol": "Call", "version": "1.0.0"})

    def start(self) -> str:
        start = {
            "accountSid": self._call["accountSid"],
            "streamSid": self._stream_sid,
            "callSid": self._call["callSid"],
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": dict(self._parameters),
        }
        return self._numbered("start", {"start": start})

    def media(self, payload: bytes, timestamp_ms: int) -> str:
        self._chunk += 1
        media = {
            "track": "inbound",
            "chunk": str(self._chunk),
            "timestamp": str(timestamp_ms),
            "payload": base64.b64encode(payload).decode(),
        }
        return self._numbered("media", {"media": media})

    def dtmf(self, digit: str, unix_ms: int) -> str:  # noqa: ARG002 - Twilio does not say when a key was pressed
        return self._numbered("dtmf", {"dtmf": {"track": "inbound_track", "digit": digit}})

    def mark(self, name: str) -> str:
        return self._numbered("mark", {"mark": {"name": name}})

    def stop(self) -> str:
        return self._numbered("stop", {"stop": self._call})

    def complain(self, complaint: Complaint) -> str | None:  # noqa: ARG002 - Twilio never does on the socket
        return None

    def _numbered(self, event: str, body: Mapping[str, object]) -> str:
        self._sequence += 1
        return _json({"event": event, "sequenceNumber": str(self._sequence), **body, "streamSid": self._stream_sid})

    def read(self, data: str | bytes) -> list[Received]:
        if isinstance(data, bytes):
            return [Complaint(MALFORMED_MESSAGE, f"a binary message of {len(data)} bytes")]
        try:
            message = _decoder.decode(data)
        except msgspec.DecodeError as exc:
            return [Complaint(INVALID_MESSAGE, str(exc))]
        if message.stream_sid != self._stream_sid:
            return [Complaint(INVALID_MESSAGE, f"streamSid is {message.stream_sid!r}, not {self._stream_sid!r}")]
        match message:
            case _Media(media=body):
                return _media(body.payload)
            case _Mark(mark=mark):
                return [Mark(mark.name)]
            case _Clear():
                return [Clear()]
            case _:
                assert_never(message)


def _media(payload: str) -> list[Received]:
    try:
        return [Media(base64.b64decode(payload, validate=True))]
    except ValueError as exc:
        return [Complaint(INVALID_MESSAGE, f"media.payload is not base64: {exc}")]


def _json(message: Mapping[str, object]) -> str:
    return msgspec.json.encode(message).decode()
