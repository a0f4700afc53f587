from gateway.bridge.transcripts import TranscriptLine, Transcripts
from gateway.calls import CallId

ONE, OTHER = CallId("call_1"), CallId("call_2")


def _line(call_id: CallId = ONE) -> TranscriptLine:
    return TranscriptLine(call_id, "customer", "Guten Tag", "Good day", is_final=True)


def test_who_looks_is_told_of_every_call() -> None:
    transcripts = Transcripts()
    told: list[TranscriptLine] = []
    transcripts.subscribe(told.append)
    assert transcripts.is_watched
    transcripts.publish(_line())
    transcripts.publish(_line(OTHER))
    assert told == [_line(), _line(OTHER)]


def test_nobody_is_told_after_looking_away() -> None:
    """And the next call costs nothing again; another who looks goes on."""
    transcripts = Transcripts()
    one: list[TranscriptLine] = []
    other: list[TranscriptLine] = []
    leave_one, leave_other = transcripts.subscribe(one.append), transcripts.subscribe(other.append)
    leave_one()
    transcripts.publish(_line())
    assert (one, other) == ([], [_line()])
    leave_other()
    assert not transcripts.is_watched


def test_a_listener_may_leave_while_it_is_told() -> None:
    transcripts = Transcripts()
    told: list[TranscriptLine] = []

    def once(line: TranscriptLine) -> None:
        told.append(line)
        leave()

    leave = transcripts.subscribe(once)
    transcripts.subscribe(told.append)
    transcripts.publish(_line())
    transcripts.publish(_line())
    assert len(told) == 3
