"""Telnyx media streaming messages, from Telnyx' side. Sans-I/O.

Wire reference: https://developers.telnyx.com/docs/voice/programmable-voice/media-streaming
"""

import base64
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import assert_never

import msgspec
from msgspec import Struct

from gateway.audio.formats import Encoding
from gateway.simulator.dialect import Clear, Complaint, Leg, Mark, Media, Received, StreamTerms
from gateway.simulator.speech import bytes_per_ms

MALFORMED_FRAME = "100003"
INVALID_MEDIA = "100004"
_TITLES = {MALFORMED_FRAME: "malformed_frame", INVALID_MEDIA: "invalid_media"}
_SHORTEST_MS = 20
_LONGEST_MS = 30_000
"""Milliseconds a message may hold: "from 20 milliseconds to 30 seconds of audio"."""
_NAMESPACE = uuid.UUID("3e6f995f-85f7-4705-9741-53b116d28237")


class _MediaBody(Struct, forbid_unknown_fields=True):
    payload: str


class _MarkBody(Struct, forbid_unknown_fields=True):
    name: str


class _Media(Struct, tag_field="event", tag="media", forbid_unknown_fields=True):
    media: _MediaBody


class _Mark(Struct, tag_field="event", tag="mark", forbid_unknown_fields=True):
    mark: _MarkBody


class _Clear(Struct, tag_field="event", tag="clear", forbid_unknown_fields=True):
    pass


_decoder: msgspec.json.Decoder[_Media | _Mark | _Clear] = msgspec.json.Decoder(_Media | _Mark | _Clear)


class TelnyxStream:
    """One stream's messages; those that are numbered count from "1"."""

    congestion = "congestion"  # Telnyx documents no code for it

    def __init__(self, *, stream_id: str, leg: Leg, terms: StreamTerms) -> None:
        self._stream_id = stream_id
        self._leg = leg
        self._terms = terms
        self._sequence = 0
        self._chunk = 0

    def connected(self) -> str:
        return _json({"event": "connected", "version": "1.0.0"})

    def start(self) -> str:
        audio = self._terms.speaks
        start = {
            "user_id": self._leg.account_id,
            "call_control_id": self._leg.call_id,
            "call_session_id": str(uuid.uuid5(_NAMESPACE, self._leg.call_id)),
            "from": self._leg.caller,
            "to": self._leg.called,
            "tags": [],
            "client_state": "",
            "custom_parameters": dict(self._terms.parameters),
            "media_format": {"encoding": str(audio.encoding), "sample_rate": audio.rate_hz, "channels": 1},
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

    def dtmf(self, digit: str, unix_ms: int) -> str:
        moment = datetime.fromtimestamp(unix_ms / 1000, UTC)
        occurred_at = f"{moment:%Y-%m-%dT%H:%M:%S}.{unix_ms % 1000:03}000Z"
        return self._numbered("dtmf", {"occurred_at": occurred_at, "dtmf": {"digit": digit}})

    def mark(self, name: str) -> str:
        return self._numbered("mark", {"mark": {"name": name}})

    def stop(self) -> str:
        body = {"user_id": self._leg.account_id, "call_control_id": self._leg.call_id}
        return self._numbered("stop", {"stop": body})

    def complain(self, complaint: Complaint) -> str | None:
        title = _TITLES.get(complaint.code)
        if title is None:
            return None
        payload = {"code": int(complaint.code), "title": title, "detail": complaint.detail}
        return _json({"event": "error", "payload": payload, "stream_id": self._stream_id})

    def _numbered(self, event: str, body: Mapping[str, object]) -> str:
        self._sequence += 1
        return _json({"event": event, "sequence_number": str(self._sequence), **body, "stream_id": self._stream_id})

    def read(self, data: str | bytes) -> list[Received]:
        if isinstance(data, bytes):
            return [Complaint(MALFORMED_FRAME, f"a binary message of {len(data)} bytes")]
        try:
            message = _decoder.decode(data)
        except msgspec.DecodeError as exc:
            return [Complaint(MALFORMED_FRAME, str(exc))]
        match message:
            case _Media(media=body):
                return self._media(body.payload)
            case _Mark(mark=mark):
                return [Mark(mark.name)]
            case _Clear():
                return [Clear()]
            case _:
                assert_never(message)

    def _media(self, encoded: str) -> list[Received]:
        try:
            payload = base64.b64decode(encoded, validate=True)
        except ValueError as exc:
            return [Complaint(INVALID_MEDIA, f"media.payload is not base64: {exc}")]
        if self._terms.refusal:
            return [Complaint(INVALID_MEDIA, self._terms.refusal)]
        hears = self._terms.hears
        if hears.encoding is Encoding.L16 and len(payload) % 2:
            return [Complaint(INVALID_MEDIA, f"half a sample: {len(payload)} bytes of L16")]
        length_ms = len(payload) / bytes_per_ms(hears)
        if length_ms > _LONGEST_MS:
            return [Complaint(INVALID_MEDIA, f"{length_ms:.0f} ms of audio in one message, more than 30 s")]
        if length_ms < _SHORTEST_MS:
            # Whether Telnyx plays these is not known; here it does, and says what is wrong with them.
            return [Complaint("undersized", f"{length_ms:g} ms of audio in one message, less than 20"), Media(payload)]
        return [Media(payload)]


def _json(message: Mapping[str, object]) -> str:
    return msgspec.json.encode(message).decode()
