"""Recordings and who may have their audio. Sans-I/O.

Documents: "Recordings" (the list's items), "Retrieve a recording" (the metadata), "Create a session" (consent).
"""

from enum import StrEnum
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from gateway.sandbox.mp3 import RATE_HZ
from gateway.sandbox.plans import Consent, MixMode
from gateway.sandbox.refusals import ErrorType, Refused
from gateway.sandbox.session import Session
from gateway.sandbox.times import iso8601, seconds

RETENTION_MS = 30 * 86_400_000
"""How long audio is kept; the documents leave it to the organization's policy."""
SAMPLE_BITS = 16


class RecordingStatus(StrEnum):
    """How far it is."""

    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class Channel(StrEnum):
    """Whom it is of."""

    AGENT = "agent"
    CUSTOMER = "customer"
    MIXED = "mixed"
    """Both: on a channel each (`channels` is 2) or mixed into one."""


class Recording(Struct, kw_only=True):
    """A recording's metadata."""

    id: str
    object: Literal["recording"] = "recording"
    session_id: str
    channel: Channel = Channel.MIXED
    channels: int
    status: RecordingStatus = RecordingStatus.PROCESSING
    duration: float
    """Seconds."""
    format: Literal["mp3", "wav"] = "mp3"
    size: int | None = None
    """Bytes, once it is ready."""
    sample_rate: int = RATE_HZ
    bit_depth: int = SAMPLE_BITS
    """Of what was encoded."""
    download_url: str | UnsetType = UNSET
    """Relative, once it is ready."""
    created_at: str
    expires_at: str
    expires_ms: int
    """The same in Unix milliseconds; the documents do not have it."""
    error: str | None = None
    """Why it failed."""

    @property
    def audio_path(self) -> str:
        """Where its audio is."""
        return f"/v1/recordings/{self.id}/audio"


def new_recording(recording_id: str, session: Session, unix_ms: int) -> Recording:
    """The recording of a session that has ended; it has yet to be encoded."""
    tape, plan = session.tape, session.plan.recording
    return Recording(
        id=recording_id,
        session_id=session.id,
        channels=2 if plan is not None and plan.mix_mode == MixMode.DUAL_CHANNEL else 1,
        duration=seconds(tape.length_ms if tape is not None else 0),
        created_at=iso8601(unix_ms),
        expires_at=iso8601(unix_ms + RETENTION_MS),
        expires_ms=unix_ms + RETENTION_MS,
    )


def ready(recording: Recording, size: int) -> None:
    """It was encoded."""
    recording.status = RecordingStatus.READY
    recording.size = size
    recording.download_url = recording.audio_path


def failed(recording: Recording, why: str) -> None:
    """There is nothing to hear."""
    recording.status = RecordingStatus.FAILED
    recording.error = why


def require_audio(recording: Recording, session: Session, unix_ms: int) -> None:
    """Make sure that its audio can be had, and by whoever asks.

    Raises:
        Refused: 403 without consent, 404 after it expired, 409 while it is not ready.
    """
    if session.consent_required and session.consent != Consent.GRANTED:
        message = f"The recording needs consent, which is '{session.consent}'."
        raise Refused(403, "recording_consent_required", message, kind=ErrorType.PERMISSION)
    if unix_ms >= recording.expires_ms:
        raise Refused(404, "recording_expired", "The recording has expired.", kind=ErrorType.NOT_FOUND)
    if recording.status is not RecordingStatus.READY:
        raise Refused(409, "recording_not_ready", f"The recording is '{recording.status}'.")


def no_such_recording(recording_id: str) -> Refused:
    """404."""
    return Refused(404, "recording_not_found", f"No such recording: '{recording_id}'.", kind=ErrorType.NOT_FOUND)
