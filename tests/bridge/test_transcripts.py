from gateway.bridge.transcripts import TranscriptLine, Transcripts
from gateway.calls import CallId

ONE, OTHER = CallId("call_1"), CallId("call_2")


def _line(call_id: CallId = ONE) -> TranscriptLine:
    return TranscriptLine(call_id, "customer", "Guten Tag", "de", "Good day", is_callers=True, is_final=True)


def test_who_looks_at_a_call_is_told_its_lines_alone() -> None:
    transcripts = Transcripts()
    told: list[TranscriptLine] = []
    transcripts.subscribe(told.append, ONE)
    assert (transcripts.wants(ONE), transcripts.wants(OTHER)) == (True, False)
    transcripts.publish(_line())
    transcripts.publish(_line(OTHER))
    assert told == [_line()]


def test_who_looks_at_all_calls_is_told_everything() -> None:
    transcripts = Transcripts()
    told: list[TranscriptLine] = []
    transcripts.subscribe(told.append)
    assert transcripts.wants(OTHER)
    transcripts.publish(_line())
    transcripts.publish(_line(OTHER))
    assert told == [_line(), _line(OTHER)]


def test_nobody_is_told_after_looking_away() -> None:
    """And the next call costs nothing again; another who looks goes on."""
    transcripts = Transcripts()
    one: list[TranscriptLine] = []
    other: list[TranscriptLine] = []
    leave_one, leave_other = transcripts.subscribe(one.append, ONE), transcripts.subscribe(other.append, ONE)
    leave_one()
    transcripts.publish(_line())
    assert (one, other) == ([], [_line()])
    leave_other()
    assert not transcripts.wants(ONE)


def test_a_listener_may_leave_while_it_is_told() -> None:
    transcripts = Transcripts()
    told: list[TranscriptLine] = []

    def once(line: TranscriptLine) -> None:
        told.append(line)
        leave()

    leave = transcripts.subscribe(once, ONE)
    transcripts.subscribe(told.append, ONE)
    transcripts.publish(_line())
    transcripts.publish(_line())
    assert len(told) == 3
