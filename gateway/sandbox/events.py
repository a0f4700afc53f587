"""The events that webhooks tell of. Sans-I/O.

Document: "Webhooks": the envelope and the list of types. The `data` of most types is not printed; it is the REST
object that the event is about, or as much of it as `session.ended`'s sample shows of a session.
"""

from enum import StrEnum
from typing import Any, Literal

import msgspec
from msgspec import Struct

from gateway.sandbox.times import iso8601


class EventType(StrEnum):
    """All that are documented."""

    SESSION_CREATED = "session.created"
    SESSION_STARTED = "session.started"
    SESSION_ENDED = "session.ended"
    TRANSCRIPT_READY = "transcript.ready"
    TRANSCRIPT_SEGMENT = "transcript.segment"
    RECORDING_READY = "recording.ready"
    RECORDING_FAILED = "recording.failed"
    ANALYSIS_COMPLETE = "analysis.complete"
    ANALYSIS_FAILED = "analysis.failed"
    PROVIDER_CONNECTED = "session.provider.connected"
    PROVIDER_DISCONNECTED = "session.provider.disconnected"


class WebhookEvent(Struct, frozen=True, kw_only=True):
    """The envelope."""

    id: str
    object: Literal["webhook_event"] = "webhook_event"
    type: str
    api_version: str = "v1"
    created_at: str
    data: Any


def new_event(event_id: str, kind: EventType, data: Any, unix_ms: int) -> WebhookEvent:
    """Something that happened now."""
    return WebhookEvent(id=event_id, type=kind, created_at=iso8601(unix_ms), data=data)


def encode_event(event: WebhookEvent) -> bytes:
    """The raw body that is signed and sent."""
    return msgspec.json.encode(event)
