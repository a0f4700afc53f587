"""The JSON objects of the API, as the documents print them. Sans-I/O."""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from gateway.sandbox.agents import Agent
from gateway.sandbox.recordings import Recording
from gateway.sandbox.session import Session
from gateway.sandbox.sip import Call
from gateway.sandbox.times import iso8601, maybe_iso8601, seconds
from gateway.sandbox.tokens import StreamToken
from gateway.sandbox.transcript import Translation, Turn


class StreamObject(Struct):
    """`stream`: how to connect."""

    url: str
    token: str
    expires_at: str


class RecordingFlag(Struct):
    """`recording` of a session."""

    enabled: bool
    consent_required: bool | UnsetType = UNSET
    """Absent where nothing is recorded, as in the sample."""
    consent_state: str | UnsetType = UNSET


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
    call: Call | None
    """The SIP leg that was dialled, if any."""
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


class TurnObject(Struct):
    """One turn of a transcript; what was neither translated nor recognised with a figure lacks those keys."""

    sequence: int
    speaker: str
    language: str | None
    text: str
    timestamp: str
    translation: Translation | UnsetType = UNSET
    confidence: float | UnsetType = UNSET


class TranscriptMetadata(Struct):
    """The sums of a transcript."""

    total_turns: int
    duration_seconds: float
    languages_detected: list[str]


class TranscriptObject(Struct):
    """A transcript so far, or complete."""

    id: str
    session_id: str
    status: Literal["in_progress", "completed"]
    turns: list[TurnObject]
    metadata: TranscriptMetadata
    object: Literal["transcript"] = "transcript"


class AgentList(Struct):
    """A page of agents."""

    data: list[Agent]
    has_more: bool
    next_cursor: str | None
    url: str
    object: Literal["list"] = "list"


class RecordingList(Struct):
    """A page of recordings."""

    data: list[Recording]
    has_more: bool
    next_cursor: str | None
    url: str
    object: Literal["list"] = "list"


class SessionEvent(Struct, kw_only=True):
    """A session, as webhooks tell of it: their sample's keys, and whose line it is on."""

    id: str
    object: Literal["session"] = "session"
    status: str
    duration: float
    mode: str
    provider: str | None
    phone_number: str | None
    metadata: dict[str, Any] | None


class SegmentEvent(Struct, kw_only=True):
    """A turn, as webhooks tell of it."""

    session_id: str
    turn: TurnObject


def session_object(session: Session, stream: StreamObject | None) -> SessionObject:
    """A session, with a way in or, once it has ended, without."""
    plan = session.plan
    flag = RecordingFlag(enabled=plan.records)
    if plan.records:
        flag = RecordingFlag(enabled=True, consent_required=session.consent_required, consent_state=session.consent)
    return SessionObject(
        id=session.id,
        status=session.status,
        mode=plan.mode,
        provider=session.route.provider,
        phone_number=session.route.phone_number,
        source_language=plan.source_language,
        target_language=plan.target_language,
        stream=UNSET if stream is None else stream,
        call=None if session.leg is None else session.leg.call(),
        recording=flag,
        metadata=plan.metadata,
        created_at=iso8601(session.created_ms),
        started_at=maybe_iso8601(session.started_ms),
        ended_at=maybe_iso8601(session.ended_ms),
    )


def stream_object(public_url: str, session_id: str, token: StreamToken) -> StreamObject:
    """The way into a session's stream; `public_url` is `http(s)://host`, whose `s` the stream keeps."""
    base = "ws" + public_url.removeprefix("http")
    return StreamObject(f"{base}/v1/sessions/{session_id}/connect", token.value, iso8601(token.expires_ms))


def end_object(session: Session, unix_ms: int) -> EndObject:
    """The summary of a session that has ended."""
    return EndObject(session.id, session.status, seconds(session.duration_ms(unix_ms)), maybe_iso8601(session.ended_ms))


def session_event(session: Session, unix_ms: int) -> SessionEvent:
    """What an event about a session says of it."""
    return SessionEvent(
        id=session.id,
        status=session.status,
        duration=seconds(session.duration_ms(unix_ms)),
        mode=session.plan.mode,
        provider=session.route.provider,
        phone_number=session.route.phone_number,
        metadata=session.plan.metadata,
    )


def turn_object(turn: Turn) -> TurnObject:
    """A turn, as the API shows it."""
    return TurnObject(
        turn.sequence,
        turn.speaker,
        turn.language,
        turn.text,
        iso8601(turn.unix_ms),
        UNSET if turn.translation is None else turn.translation,
        UNSET if turn.confidence is None else turn.confidence,
    )


def transcript_object(session: Session, unix_ms: int) -> TranscriptObject:
    """What was said so far."""
    turns = [turn_object(turn) for turn in session.transcript.turns]
    return TranscriptObject(
        id=f"trn_{session.id.removeprefix('sess_')}",
        session_id=session.id,
        status="in_progress" if session.ended_ms is None else "completed",
        turns=turns,
        metadata=TranscriptMetadata(len(turns), seconds(session.duration_ms(unix_ms)), session.transcript.languages),
    )
