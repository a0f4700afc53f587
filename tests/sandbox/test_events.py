import json
from pathlib import Path

from gateway.sandbox.events import EventType, encode_event, new_event
from tests.sandbox.wire import missing_keys

SAMPLE = Path(__file__).parent.parent / "data" / "kallglot" / "events" / "session_ended.json"
DOCUMENTED = [
    "session.created",
    "session.started",
    "session.ended",
    "transcript.ready",
    "transcript.segment",
    "recording.ready",
    "recording.failed",
    "analysis.complete",
    "analysis.failed",
    "session.provider.connected",
    "session.provider.disconnected",
]
"""As the webhooks overview lists them."""


def test_all_documented_types_are_there() -> None:
    """And no other."""
    assert list(EventType) == DOCUMENTED


def test_an_event_has_the_documented_envelope() -> None:
    """All keys of the sample."""
    data = {"id": "sess_1", "object": "session", "status": "ended", "duration": 245.3}
    event = json.loads(encode_event(new_event("evt_1", EventType.SESSION_ENDED, data, 1_774_522_800_000)))

    assert missing_keys(json.loads(SAMPLE.read_bytes()), event) == []
    assert (event["type"], event["api_version"], event["object"]) == ("session.ended", "v1", "webhook_event")
    assert event["created_at"] == "2026-03-26T11:00:00Z"
