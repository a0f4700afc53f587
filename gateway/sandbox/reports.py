"""What a session has received and sent so far, in numbers. Sans-I/O."""

from typing import Any

from msgspec import Struct

from gateway.sandbox.journal import Journal, Received
from gateway.sandbox.session import Session


class SpeakerReport(Struct):
    """One speaker, over all the sockets it used."""

    audio_inputs: int
    bytes: int
    turns: int
    last_sequence: int | None
    sequence_gaps: int
    sequence_duplicates: int
    sequence_late: int


class SourceReport(Struct):
    """One speaker over one socket; the lists of a session are in the order in which these first spoke."""

    socket: int
    speaker: str
    audio_inputs: int
    first_sequence: int
    last_sequence: int
    first_ns: int
    """When the first message came, in nanoseconds since some moment; likewise the last."""
    last_ns: int


class SessionReport(Struct):
    """One session."""

    id: str
    status: str
    metadata: dict[str, Any] | None
    open_sockets: int
    audio_inputs: int
    bytes: int
    """Of audio received, after base64."""
    turns: int
    sequence_gaps: int
    sequence_duplicates: int
    sequence_late: int
    refused_messages: int
    """Answered with `session.error`."""
    audio_outputs: int
    """Each socket's counted."""
    output_bytes: int
    usage_ms: dict[str, int]
    """What is billed, by kind."""
    speakers: dict[str, SpeakerReport]
    sources: list[SourceReport]


def report(session: Session, open_sockets: int, unix_ms: int) -> SessionReport:
    """The numbers of a session."""
    journal = session.journal
    speakers = {speaker: _speaker(session, speaker) for speaker in journal.sequences}
    everybody = list(speakers.values())
    return SessionReport(
        id=session.id,
        status=session.status,
        metadata=session.plan.metadata,
        open_sockets=open_sockets,
        audio_inputs=sum(speaker.audio_inputs for speaker in everybody),
        bytes=sum(speaker.bytes for speaker in everybody),
        turns=len(session.transcript.turns),
        sequence_gaps=sum(speaker.sequence_gaps for speaker in everybody),
        sequence_duplicates=sum(speaker.sequence_duplicates for speaker in everybody),
        sequence_late=sum(speaker.sequence_late for speaker in everybody),
        refused_messages=journal.refused,
        audio_outputs=journal.outputs,
        output_bytes=journal.output_bytes,
        usage_ms=session.usage_ms(unix_ms),
        speakers=speakers,
        sources=[_source(received) for received in journal.received],
    )


def _speaker(session: Session, speaker: str) -> SpeakerReport:
    journal: Journal = session.journal
    sources = [source for source in journal.received if source.speaker == speaker]
    check = journal.sequences[speaker]
    return SpeakerReport(
        audio_inputs=sum(source.messages for source in sources),
        bytes=sum(source.byte_count for source in sources),
        turns=sum(1 for turn in session.transcript.turns if turn.speaker == speaker),
        last_sequence=check.last,
        sequence_gaps=check.gaps,
        sequence_duplicates=check.duplicates,
        sequence_late=check.late,
    )


def _source(received: Received) -> SourceReport:
    return SourceReport(
        socket=received.socket,
        speaker=received.speaker,
        audio_inputs=received.messages,
        first_sequence=received.first_sequence,
        last_sequence=received.last_sequence,
        first_ns=received.first_ns,
        last_ns=received.last_ns,
    )
