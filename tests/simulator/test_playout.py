from hypothesis import given
from hypothesis import strategies as st

from gateway.simulator.playout import MarkReached, Played, Playout, PlayoutEvent


def _playout() -> Playout:
    return Playout(bytes_per_ms=8, now_ms=1000)


def _audio(ms: int, fill: bytes = b"a") -> bytes:
    return fill * 8 * ms


def test_plays_in_real_time() -> None:
    """Forty milliseconds that come at once are heard over forty milliseconds."""
    playout = _playout()
    assert playout.media(_audio(40), 1000) == []
    assert playout.queued_ms == 40
    assert playout.advance(1015) == [Played(1000, _audio(15))]
    assert playout.advance(1100) == [Played(1015, _audio(25))]
    assert playout.queued_ms == 0


def test_plays_in_the_order_received() -> None:
    """Two messages are heard one after the other, without a gap."""
    playout = _playout()
    playout.media(_audio(20, b"a"), 1000)
    playout.media(_audio(20, b"b"), 1005)
    assert playout.advance(1040) == [Played(1005, _audio(15, b"a")), Played(1020, _audio(20, b"b"))]


def test_a_mark_comes_back_when_everything_before_it_was_played() -> None:
    """The gateway learns that a sentence was heard at the moment at which it was."""
    playout = _playout()
    playout.media(_audio(20), 1000)
    assert playout.mark("sentence", 1000) == []
    assert playout.next_deadline_ms() == 1020
    assert playout.advance(1019) == [Played(1000, _audio(19))]
    assert playout.advance(1020) == [Played(1019, _audio(1)), MarkReached("sentence")]
    assert playout.next_deadline_ms() is None


def test_a_mark_comes_back_at_once_when_nothing_is_buffered() -> None:
    """A mark behind silence waits for nothing."""
    playout = _playout()
    assert playout.next_deadline_ms() is None
    assert playout.mark("now", 1003) == [MarkReached("now")]


def test_clear_empties_the_buffer_and_echoes_every_mark() -> None:
    """A caller who interrupts hears no more of it, and the gateway gets all its marks back."""
    playout = _playout()
    playout.media(_audio(20), 1000)
    playout.mark("one", 1000)
    playout.media(_audio(20), 1000)
    playout.mark("two", 1000)
    assert playout.clear(1005) == [
        Played(1000, _audio(5)),
        MarkReached("one", cleared=True),
        MarkReached("two", cleared=True),
    ]
    assert playout.advance(2000) == []
    assert playout.queued_ms == 0


def test_counts_what_runs_dry_in_the_middle_of_something() -> None:
    """A pause after a mark is the end of a sentence; the same pause without one is a hole in it."""
    playout = _playout()
    playout.media(_audio(20), 1000)
    playout.media(_audio(20), 1050)
    assert playout.underruns == 1
    playout.mark("end", 1050)
    playout.media(_audio(20), 2000)
    assert playout.underruns == 1
    playout.clear(2010)
    playout.media(_audio(20), 3000)
    assert playout.underruns == 1


def test_media_that_comes_just_in_time_is_no_underrun() -> None:
    """Audio that arrives in the millisecond in which the last ends leaves no hole."""
    playout = _playout()
    playout.media(_audio(20), 1000)
    playout.media(_audio(20), 1020)
    assert playout.underruns == 0
    assert playout.advance(1040) == [Played(1020, _audio(20))]


def test_empty_media_is_nothing() -> None:
    """A message without audio in it holds up neither audio nor marks."""
    playout = _playout()
    playout.media(b"", 1000)
    assert playout.mark("m", 1000) == [MarkReached("m")]


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.one_of(st.integers(0, 60), st.sampled_from(["mark"]))),
        max_size=30,
    )
)
def test_everything_sent_is_heard_once_in_order_and_never_early(script: list[tuple[int, int | str]]) -> None:
    """Whatever the gateway's timing, no sample is lost, doubled or played before its time, and no mark goes missing."""
    playout, now_ms = _playout(), 1000
    events: list[PlayoutEvent] = []
    sent, marks = b"", []
    for number, (pause_ms, what) in enumerate(script):
        now_ms += pause_ms
        if isinstance(what, str):
            marks.append(f"m{number}")
            events += playout.mark(marks[-1], now_ms)
        else:
            payload = bytes([number]) * 8 * what
            sent += payload
            events += playout.media(payload, now_ms)
    events += playout.advance(now_ms + 10_000)

    played = [event for event in events if isinstance(event, Played)]
    assert b"".join(event.payload for event in played) == sent
    assert [event.name for event in events if isinstance(event, MarkReached)] == marks
    ends = 0
    for event in played:
        assert event.at_ms >= ends
        ends = event.at_ms + len(event.payload) // 8
