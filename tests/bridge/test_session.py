import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audio.formats import PCMU_8K, AudioFormat, Encoding
from gateway.bridge.events import (
    Action,
    CallOver,
    Ending,
    Event,
    Finish,
    GiveUp,
    MediaLost,
    MediaUnusable,
    OpenStream,
    PlayedOut,
    SessionEnded,
    SessionFailed,
    SessionReady,
    StartAudio,
    StreamLost,
    TimePassed,
)
from gateway.bridge.session import (
    CLOSE_INTERNAL,
    CLOSE_OK,
    CLOSE_POLICY,
    CLOSE_RESTART,
    CallSession,
    SessionPolicy,
)
from gateway.bridge.states import State
from gateway.calls import EndReason
from gateway.carriers.base import MediaStarted, MediaStopped

STARTED = MediaStarted(PCMU_8K)
READY = SessionReady()
LOST = StreamLost("closed with 1006")
ENDED = SessionEnded(queued_ms=0)
SPEAKING = SessionEnded(queued_ms=3_000)
NOW_MS = 1_000

WAYS: dict[State, Sequence[Event]] = {
    State.OPENING: [],
    State.WAITING_FOR_MEDIA: [READY],
    State.WAITING_FOR_SESSION: [STARTED],
    State.STREAMING: [STARTED, READY],
    State.RECONNECTING: [STARTED, READY, LOST],
    State.PLAYING_OUT: [STARTED, READY, SPEAKING],
}
"""How a call comes to each state that is not closed."""

EVERYWHERE = pytest.mark.parametrize("state", WAYS)
BEFORE_THE_END = pytest.mark.parametrize("state", [state for state in WAYS if state is not State.PLAYING_OUT])


def _session(delays_ms: Sequence[int] = (100, 200)) -> CallSession:
    return CallSession(SessionPolicy(), itertools.cycle(delays_ms), NOW_MS)


def _in(state: State) -> CallSession:
    """A call that stands there, at `NOW_MS`."""
    session = _session()
    for event in WAYS[state]:
        session.handle(event, NOW_MS)
    assert session.state is state
    return session


def _ends(session: CallSession, event: Event, now_ms: int = NOW_MS) -> Finish:
    """How the call ends by this."""
    [finish] = session.handle(event, now_ms)
    assert isinstance(finish, Finish)
    assert session.state is State.CLOSED
    assert session.next_deadline_ms() is None
    return finish


def test_kallglot_is_called_while_the_carrier_says_hello() -> None:
    assert _session().open() == [OpenStream(0)]


@pytest.mark.parametrize("events", [[STARTED, READY], [READY, STARTED]], ids=["carrier first", "kallglot first"])
def test_audio_flows_when_both_are_there(events: list[Event]) -> None:
    """In whichever order they come; then nothing is waited for."""
    session = _session()
    actions = [action for event in events for action in session.handle(event, NOW_MS)]
    assert actions == [StartAudio(PCMU_8K)]
    assert session.state is State.STREAMING
    assert session.next_deadline_ms() is None


def test_a_second_start_changes_nothing() -> None:
    """The audio goes on as it was declared first."""
    session = _in(State.STREAMING)
    again = MediaStarted(AudioFormat(Encoding.PCMA))
    assert session.handle(again, NOW_MS) == []


@pytest.mark.parametrize("state", [State.WAITING_FOR_MEDIA, State.STREAMING, State.PLAYING_OUT])
def test_a_second_ready_changes_nothing(state: State) -> None:
    session = _in(state)
    assert session.handle(READY, NOW_MS) == []
    assert session.state is state


@EVERYWHERE
@pytest.mark.parametrize("event", [MediaStopped(), CallOver()], ids=["stop", "status callback"])
def test_a_caller_who_hangs_up_ends_the_call(state: State, event: Event) -> None:
    """Wherever it stands; nobody is left to be answered."""
    assert _ends(_in(state), event) == Finish(Ending.OVER, EndReason.CALLER_HUNG_UP, CLOSE_OK)


@BEFORE_THE_END
def test_a_lost_media_socket_leaves_the_session_open(state: State) -> None:
    """The carrier may bring the caller back."""
    finish = Finish(Ending.AWAIT_RETURN, EndReason.MEDIA_LOST, CLOSE_OK)
    assert _ends(_in(state), MediaLost(1006)) == finish


def test_a_media_socket_lost_while_the_last_words_are_played_loses_no_session() -> None:
    """It has ended before: the caller, if still there, gets what comes after."""
    finish = Finish(Ending.AFTER, EndReason.SESSION_ENDED, CLOSE_OK)
    assert _ends(_in(State.PLAYING_OUT), MediaLost(1006)) == finish


@BEFORE_THE_END
@pytest.mark.parametrize("reason", [EndReason.SESSION_ERROR, EndReason.SESSION_REFUSED])
def test_a_session_that_fails_is_kallglots_failure(state: State, reason: EndReason) -> None:
    """The caller is told that it did not work."""
    assert _ends(_in(state), SessionFailed(reason, "boom")) == Finish(Ending.FAILURE, reason, CLOSE_INTERNAL)


@EVERYWHERE
def test_audio_nobody_can_carry_ends_the_call(state: State) -> None:
    finish = Finish(Ending.FAILURE, EndReason.MEDIA_INVALID, CLOSE_POLICY)
    assert _ends(_in(state), MediaUnusable("AMR-WB")) == finish


@EVERYWHERE
@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        (Ending.FAILURE, EndReason.DRAINED),
        (Ending.FAILURE, EndReason.INTERNAL_ERROR),
        (Ending.TAKEN_OVER, EndReason.MEDIA_LOST),
    ],
)
def test_we_may_let_go_at_any_time(state: State, ending: Ending, reason: EndReason) -> None:
    """A drain, a bug, another replica's claim."""
    assert _ends(_in(state), GiveUp(ending, reason)) == Finish(ending, reason, CLOSE_RESTART)


@pytest.mark.parametrize("state", [State.OPENING, State.WAITING_FOR_MEDIA])
def test_a_carrier_that_says_nothing_for_five_seconds_is_let_go(state: State) -> None:
    """The session stays open: the carrier may come back with the caller."""
    session = _in(state)
    assert session.next_deadline_ms() == NOW_MS + 5_000
    assert session.handle(TimePassed(), NOW_MS + 4_999) == []
    finish = Finish(Ending.AWAIT_RETURN, EndReason.MEDIA_SILENT, CLOSE_POLICY)
    assert _ends(session, TimePassed(), NOW_MS + 5_000) == finish


def test_a_session_that_is_never_ready_fails_after_ten_seconds() -> None:
    session = _in(State.WAITING_FOR_SESSION)
    assert session.next_deadline_ms() == NOW_MS + 10_000
    assert session.handle(TimePassed(), NOW_MS + 9_999) == []
    finish = Finish(Ending.FAILURE, EndReason.KALLGLOT_UNAVAILABLE, CLOSE_INTERNAL)
    assert _ends(session, TimePassed(), NOW_MS + 10_000) == finish


def test_failed_attempts_do_not_move_the_deadline() -> None:
    """However often the stream is tried, the caller waits ten seconds at most."""
    session = _in(State.WAITING_FOR_SESSION)
    for now_ms in range(NOW_MS, NOW_MS + 10_000, 500):
        assert session.handle(LOST, now_ms) != []
    assert session.next_deadline_ms() == NOW_MS + 10_000


def test_a_lost_stream_is_opened_again_with_growing_patience() -> None:
    """The caller is kept meanwhile, for fifteen seconds from the loss."""
    session = _in(State.STREAMING)
    assert session.handle(LOST, 60_000) == [OpenStream(100)]
    assert session.handle(LOST, 61_000) == [OpenStream(200)]
    assert session.next_deadline_ms() == 75_000
    finish = Finish(Ending.FAILURE, EndReason.KALLGLOT_UNAVAILABLE, CLOSE_INTERNAL)
    assert _ends(session, TimePassed(), 75_000) == finish


def test_a_stream_that_comes_back_ends_the_wait() -> None:
    session = _in(State.RECONNECTING)
    assert session.handle(READY, NOW_MS) == []
    assert session.state is State.STREAMING
    assert session.next_deadline_ms() is None


def test_streams_that_break_as_soon_as_they_are_ready_are_not_opened_for_ever() -> None:
    """A Kallglot that greets and leaves, again and again: after fifteen seconds of it the caller hears `on_failure`."""
    session = _in(State.STREAMING)
    for lost_ms in range(60_000, 75_000, 3_000):
        assert session.handle(LOST, lost_ms) != []
        assert session.next_deadline_ms() == 75_000
        assert session.handle(READY, lost_ms + 100) == []
        assert session.next_deadline_ms() is None
    assert session.handle(LOST, 75_050) != []
    finish = Finish(Ending.FAILURE, EndReason.KALLGLOT_UNAVAILABLE, CLOSE_INTERNAL)
    assert _ends(session, TimePassed(), 75_050) == finish


def test_a_stream_that_holds_for_a_while_is_worth_all_the_patience_again() -> None:
    session = _in(State.STREAMING)
    for lost_ms in range(60_000, 120_000, 3_100):
        assert session.handle(LOST, lost_ms) != []
        assert session.next_deadline_ms() == lost_ms + 15_000
        assert session.handle(READY, lost_ms + 100) == []


def test_a_stream_lost_before_the_carrier_began_is_waited_for_as_well() -> None:
    """The carrier's own deadline stands."""
    session = _in(State.WAITING_FOR_MEDIA)
    assert session.handle(LOST, NOW_MS + 1_000) == [OpenStream(100)]
    assert session.state is State.OPENING
    assert session.next_deadline_ms() == NOW_MS + 5_000
    assert session.handle(STARTED, NOW_MS + 2_000) == [StartAudio(PCMU_8K)]
    assert session.next_deadline_ms() == NOW_MS + 16_000


@pytest.mark.parametrize("state", [State.OPENING, State.WAITING_FOR_MEDIA, State.WAITING_FOR_SESSION])
@pytest.mark.parametrize("event", [ENDED, SPEAKING], ids=["silent", "speaking"])
def test_a_session_that_ends_before_audio_flowed_ends_the_call(state: State, event: Event) -> None:
    """There is nobody to play anything to."""
    assert _ends(_in(state), event) == Finish(Ending.AFTER, EndReason.SESSION_ENDED, CLOSE_OK)


@pytest.mark.parametrize("state", [State.STREAMING, State.RECONNECTING])
def test_a_session_that_ends_in_silence_ends_the_call(state: State) -> None:
    assert _ends(_in(state), ENDED) == Finish(Ending.AFTER, EndReason.SESSION_ENDED, CLOSE_OK)


@pytest.mark.parametrize("state", [State.STREAMING, State.RECONNECTING])
def test_the_caller_hears_the_last_words_of_a_session(state: State) -> None:
    """Three seconds are queued: the call ends when they were played."""
    session = _in(state)
    assert session.handle(SPEAKING, 50_000) == []
    assert session.state is State.PLAYING_OUT
    assert _ends(session, PlayedOut(), 53_000) == Finish(Ending.AFTER, EndReason.SESSION_ENDED, CLOSE_OK)


def test_last_words_that_are_never_played_end_all_the_same() -> None:
    """A second after they should have been."""
    session = _in(State.STREAMING)
    session.handle(SPEAKING, 50_000)
    assert session.next_deadline_ms() == 54_000
    assert session.handle(TimePassed(), 53_999) == []
    assert _ends(session, TimePassed(), 54_000) == Finish(Ending.AFTER, EndReason.SESSION_ENDED, CLOSE_OK)


@pytest.mark.parametrize(
    "event",
    [LOST, ENDED, SPEAKING, SessionFailed(EndReason.SESSION_ERROR, "session_ended")],
    ids=["closed", "ended", "ended later", "error"],
)
def test_a_session_that_has_ended_ends_once(event: Event) -> None:
    """Kallglot closes the stream after it, or refuses what the caller says yet: that loses none of its last words."""
    session = _in(State.PLAYING_OUT)
    deadline_ms = session.next_deadline_ms()
    assert session.handle(event, NOW_MS + 500) == []
    assert session.next_deadline_ms() == deadline_ms


@BEFORE_THE_END
def test_a_pause_in_speech_is_no_end(state: State) -> None:
    """Nothing is played out before the session has ended."""
    session = _in(state)
    assert session.handle(PlayedOut(), NOW_MS) == []
    assert session.state is state


@EVERYWHERE
def test_every_state_has_a_way_out_by_itself(state: State) -> None:
    """A deadline, or audio that flows: then the sockets tell."""
    assert (_in(state).next_deadline_ms() is None) == (state is State.STREAMING)


_events: st.SearchStrategy[Event] = st.sampled_from(
    [
        STARTED,
        MediaStopped(),
        MediaLost(1006),
        MediaUnusable("AMR-WB"),
        CallOver(),
        READY,
        LOST,
        ENDED,
        SPEAKING,
        SessionFailed(EndReason.SESSION_ERROR, "boom"),
        PlayedOut(),
        GiveUp(Ending.FAILURE, EndReason.DRAINED),
        TimePassed(),
    ]
)
_lasting: st.SearchStrategy[Event] = st.sampled_from([STARTED, READY, LOST, SPEAKING, PlayedOut(), TimePassed()])


@given(st.lists(st.tuples(st.one_of(_lasting, _events), st.integers(0, 4_000)), max_size=60))
def test_whatever_happens_a_call_ends_once(happened: list[tuple[Event, int]]) -> None:
    """No order of events is a bug; after the end nothing more is done; whoever waits, waits for something."""
    session = _session()
    actions: list[Action] = session.open()
    now_ms = NOW_MS
    for event, later_ms in happened:
        now_ms += later_ms
        was_closed = session.state is State.CLOSED
        answered = session.handle(event, now_ms)
        assert not (was_closed and answered)
        actions += answered
        assert session.state in {State.STREAMING, State.CLOSED} or session.next_deadline_ms() is not None
    finishes = [action for action in actions if isinstance(action, Finish)]
    assert len(finishes) == (1 if session.state is State.CLOSED else 0)
    assert sum(isinstance(action, StartAudio) for action in actions) <= 1
    if finishes:
        assert actions[-1] == finishes[0]


@given(st.lists(_events, max_size=30), st.integers(0, 60_000))
def test_a_call_that_is_left_alone_ends_or_streams(happened: list[Event], after_ms: int) -> None:
    """Deadlines alone bring every call to its end, but for one whose audio flows."""
    session = _session()
    for event in happened:
        session.handle(event, NOW_MS)
    while (due_ms := session.next_deadline_ms()) is not None:
        session.handle(TimePassed(), due_ms + after_ms)
    assert session.state in {State.STREAMING, State.CLOSED}
