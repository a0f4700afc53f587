import pytest

from gateway.sandbox.journal import Journal, Sent, SequenceCheck, SocketId
from gateway.sandbox.messages import AudioInput, InputAudio

A, B = SocketId(1), SocketId(2)


def message(payload: bytes, sequence: int, speaker: str = "customer") -> AudioInput:
    return AudioInput(sequence, 1000 + sequence, speaker, InputAudio(payload, "mulaw", 8000))


def test_audio_is_kept_per_socket_and_speaker_in_order_of_arrival() -> None:
    """A test can compare byte by byte what a speaker sent, also over two sockets."""
    journal = Journal(keep_audio=True)
    journal.take(A, message(b"ab", 1))
    journal.take(A, message(b"xx", 1, "agent"))
    journal.take(A, message(b"c", 2))
    journal.take(B, message(b"d", 3))

    first, agent, second = journal.received
    assert (first.socket, first.speaker, bytes(first.audio)) == (A, "customer", b"abc")
    assert (first.messages, first.byte_count) == (2, 3)
    assert (first.sequences, first.timestamps_ms) == ([1, 2], [1001, 1002])
    assert (agent.speaker, second.socket) == ("agent", B)
    assert journal.audio("customer") == b"abcd"


def test_output_is_kept_per_socket() -> None:
    """What each end was made to hear."""
    journal = Journal(keep_audio=True)
    journal.give(A, "agent", b"ab")
    journal.give(B, None, b"c")

    assert journal.sent == [Sent(A, "agent", b"ab"), Sent(B, None, b"c")]
    assert (journal.output(), journal.output(B)) == (b"abc", b"c")


def test_messages_have_their_times() -> None:
    """With how much there was by then: a delay can be told for each byte."""
    journal = Journal(keep_audio=True)
    journal.take(A, message(b"ab", 1), at_ns=1_500_000)
    journal.take(A, message(b"c", 2), at_ns=2_700_000)
    journal.give(A, "agent", b"d", at_ns=3_100_000)

    assert journal.received[0].arrivals_ns == [(2, 1_500_000), (3, 2_700_000)]
    assert journal.sent[0].at_ns == 3_100_000


def test_without_keeping_audio_only_numbers_remain() -> None:
    """A soak does not fill the memory."""
    journal = Journal(keep_audio=False)
    journal.take(A, message(b"ab", 1), 7)
    journal.give(A, None, b"abc")

    [source] = journal.received
    assert (source.messages, source.byte_count, bytes(source.audio), source.sequences) == (1, 2, b"", [])
    assert (source.first_sequence, source.last_sequence, source.first_ns, source.last_ns) == (1, 1, 7, 7)
    assert source.arrivals_ns == []
    assert (journal.outputs, journal.output_bytes, journal.sent) == (1, 3, [])


@pytest.mark.parametrize(
    ("sequences", "gaps", "duplicates", "late"),
    [
        pytest.param([1, 2, 3], 0, 0, 0, id="in order"),
        pytest.param([1729481920, 1729481921], 0, 0, 0, id="starts anywhere"),
        pytest.param([1, 4, 9], 2, 0, 0, id="two gaps"),
        pytest.param([1, 2, 2, 1], 0, 2, 0, id="repeated"),
        pytest.param([1, 3, 2], 1, 0, 1, id="late"),
        pytest.param([5, 4], 0, 0, 1, id="late at the start"),
    ],
)
def test_a_sequence_is_watched(sequences: list[int], gaps: int, duplicates: int, late: int) -> None:
    """Numbers left out, sent twice, and out of order are told apart."""
    check = SequenceCheck()
    for sequence in sequences:
        check.see(sequence)

    assert (check.gaps, check.duplicates, check.late) == (gaps, duplicates, late)
    assert check.last == max(sequences)
