"""The JSON objects of the API, as the documents print them. Sans-I/O."""

from datetime import UTC, datetime
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from gateway.sandbox.session import Session
from gateway.sandbox.tokens import StreamToken


def iso8601(unix_ms: int) -> str:
    """`2026-03-26T11:00:00Z`: whole seconds, as in every sample."""
    return datetime.fromtimestamp(unix_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _maybe_iso8601(unix_ms: int | None) -> str | None:
    return None if unix_ms is None else iso8601(unix_ms)


class StreamObject(Struct):
    """`stream`: how to connect."""

    url: str
    token: str
    expires_at: str


class RecordingFlag(Struct):
    """`recording` of a session."""

    enabled: bool


class SessionObject(Struct, kw_only=True):
    """A session, as create and retrieve answer it."""

    id: str
    object: Literal["session"] = "session"
    status: str
    mode: str
    provider: str | None
    phone_number: str | None
    source_language: str | None
    target_language: str | None
    stream: StreamObject | UnsetType = UNSET
    """Absent once the session has ended."""
    call: None = None
    """No telephony leg is linked to a session of the sandbox."""
    recording: RecordingFlag
    metadata: dict[str, Any] | None
    created_at: str
    started_at: str | None
    ended_at: str | None


class EndObject(Struct):
    """What ending a session answers, the first time and every time after."""

    id: str
    status: str
    duration_seconds: float
    ended_at: str | None
    object: Literal["session"] = "session"


class Translation(Struct):
    """A turn in the other party's language."""

    language: str
    text: str


class TurnObject(Struct):
    """One turn of a transcript."""

    sequence: int
    speaker: str
    language: str | None
    text: str
    timestamp: str
    translation: Translation | None = None
    confidence: float | None = None


class TranscriptMetadata(Struct):
    """The sums of a transcript."""

    total_turns: int
    duration_seconds: float


class TranscriptObject(Struct):
    """A transcript so far, or complete."""

    id: str
    session_id: str
    status: Literal["in_progress", "completed"]
    turns: list[TurnObject]
    metadata: TranscriptMetadata
    object: Literal["transcript"] = "transcript"


def session_object(session: Session, stream: StreamObject | None) -> SessionObject:
    """A session, with a way in or, once it has ended, without."""
    plan = session.plan
    return SessionObject(
        id=session.id,
        status=session.status,
        mode=plan.mode,
        provider=plan.provider,
        phone_number=plan.phone_number,
        source_language=plan.source_language,
        target_language=plan.target_language,
        recording=RecordingFlag(enabled=False),
        metadata=plan.metadata,
        created_at=iso8601(session.created_ms),
        started_at=_maybe_iso8601(session.started_ms),
        ended_at=_maybe_iso8601(session.ended_ms),
        stream=UNSET if stream is None else stream,
    )


def stream_object(public_url: str, session_id: str, token: StreamToken) -> StreamObject:
    """The way into a session's stream; `public_url` is `http(s)://host`, whose `s` the stream keeps."""
    base = "ws" + public_url.removeprefix("http")
    return StreamObject(f"{base}/v1/sessions/{session_id}/connect", token.value, iso8601(token.expires_ms))


def end_object(session: Session, unix_ms: int) -> EndObject:
    """The summary of a session that has ended."""
    return EndObject(
        session.id, session.status, _seconds(session.duration_ms(unix_ms)), _maybe_iso8601(session.ended_ms)
    )


def transcript_object(session: Session, unix_ms: int) -> TranscriptObject:
    """What was said; the sandbox translates nothing and is confident of nothing."""
    turns = [
        TurnObject(turn.sequence, turn.speaker, turn.language, turn.text, iso8601(turn.unix_ms))
        for turn in session.transcript.turns
    ]
    return TranscriptObject(
        id=f"trn_{session.id.removeprefix('sess_')}",
        session_id=session.id,
        status="in_progress" if session.ended_ms is None else "completed",
        turns=turns,
        metadata=TranscriptMetadata(len(turns), _seconds(session.duration_ms(unix_ms))),
    )


def _seconds(duration_ms: int) -> float:
    """Seconds with one decimal, as the documents' `245.3`."""
    return round(duration_ms / 1000, 1)
