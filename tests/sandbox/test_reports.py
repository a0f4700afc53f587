from gateway.sandbox.journal import Journal, SocketId
from gateway.sandbox.messages import AudioInput, InputAudio
from gateway.sandbox.plans import SessionPlan
from gateway.sandbox.reports import SourceReport, report
from gateway.sandbox.session import Session


def test_a_report_adds_up_sockets_and_speakers() -> None:
    """A customer over two sockets and an agent: each alone, and together."""
    session = Session("sess_1", SessionPlan("ai_agent", metadata={"a": 1}), 0, Journal(keep_audio=False))
    heard = [(1, "customer", 1), (2, "customer", 3), (2, "customer", 3), (3, "agent", 1)]
    for at_ns, (socket, speaker, sequence) in enumerate(heard):
        audio = InputAudio(b"abcd", "mulaw", 8000)
        session.journal.take(SocketId(socket), AudioInput(sequence, 0, speaker, audio), at_ns)
    session.journal.give(SocketId(3), "customer", b"xyz")
    session.said("customer", "[1.0 s of speech]", 0)
    found = report(session, open_sockets=2, unix_ms=0)

    assert (found.id, found.status, found.metadata, found.open_sockets) == ("sess_1", "created", {"a": 1}, 2)
    assert (found.audio_inputs, found.bytes, found.turns) == (4, 16, 1)
    assert (found.sequence_gaps, found.sequence_duplicates, found.sequence_late) == (1, 1, 0)
    assert (found.audio_outputs, found.output_bytes, found.usage_ms["session"]) == (1, 3, 0)
    assert (found.speakers["customer"].audio_inputs, found.speakers["customer"].turns) == (3, 1)
    assert found.speakers["customer"].last_sequence == 3
    assert (found.speakers["agent"].bytes, found.speakers["agent"].turns) == (4, 0)
    assert found.sources == [
        SourceReport(1, "customer", 1, 1, 1, 0, 0),
        SourceReport(2, "customer", 2, 3, 3, 1, 2),
        SourceReport(3, "agent", 1, 1, 1, 3, 3),
    ]
