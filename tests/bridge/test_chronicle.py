from structlog.testing import capture_logs

from gateway.bridge.chronicle import Chronicle
from gateway.bridge.events import Event, MediaLost, MediaUnusable, SessionFailed, SessionReady, StreamLost
from gateway.bridge.setup import Setup
from gateway.bridge.states import State
from gateway.calls import EndReason
from gateway.telemetry.blackbox import BlackBox, EventKind, decode
from gateway.telemetry.counts import CallCounts
from tests.bridge.around import monitor, surroundings
from tests.bridge.records import live
from tests.fakes.clock import FakeClock


class Told:
    """A chronicle, and the black box it writes to."""

    def __init__(self) -> None:
        clock = FakeClock()
        self.box = BlackBox(clock.unix_ms())
        self.setup = Setup(clock.now_ms(), 0, surroundings(clock).metrics)
        self.chronicle = Chronicle(live(), monitor(clock, CallCounts(), self.box), self.setup)

    def note(self, *events: Event, state: State = State.STREAMING) -> None:
        for event in events:
            self.chronicle.note(event, state)

    @property
    def events(self) -> list[tuple[EventKind, str]]:
        return [(event.kind, event.detail) for event in decode(self.box.encode()).events]


def test_the_log_says_why_there_is_no_stream() -> None:
    """Once for attempts in a row that fail alike, however many calls want theirs back; anew for what comes later."""
    told = Told()
    refused, no = StreamLost("unreachable: refused"), StreamLost("stream_refused: no (HTTP 503)")
    with capture_logs() as lines:
        told.note(refused, refused, no, state=State.RECONNECTING)
        told.note(SessionReady(), no)
    assert [(line["event"], line["call_id"], line["detail"]) for line in lines] == [
        ("stream_lost", live().call_id, why) for why in (refused.detail, no.detail, no.detail)
    ]


def test_a_stream_that_never_was_is_not_lost() -> None:
    """A first attempt that fails is no hole in the audio."""
    told = Told()
    told.note(StreamLost("unreachable"), state=State.OPENING)
    assert told.events == []
    told.setup.session_ready(0)
    told.note(StreamLost("closed with 1006"))
    assert told.events == [(EventKind.STREAM_LOST, "")]


def test_a_stream_that_goes_with_its_session_is_not_lost() -> None:
    """Kallglot ends the session and closes while its last words are played: nothing was wrong with that."""
    told = Told()
    told.setup.session_ready(0)
    with capture_logs() as lines:
        told.note(StreamLost("closed with 1000"), state=State.PLAYING_OUT)
    assert (told.events, lines) == ([], [])


def test_the_log_says_what_cannot_be_carried() -> None:
    """An operator learns which codec it is that the number's connection brings."""
    with capture_logs() as lines:
        Told().note(MediaUnusable("AMR-WB cannot be read"), state=State.OPENING)
    assert [(line["event"], line["carrier"], line["detail"]) for line in lines] == [
        ("media_unusable", "twilio", "AMR-WB cannot be read")
    ]


def test_peers_are_quoted_by_their_codes_alone() -> None:
    """What is no code might be a name or a number."""
    told = Told()
    told.note(MediaLost(1006), *(SessionFailed(EndReason.SESSION_ERROR, code) for code in ("timeout", "Anna Weber")))
    assert told.events == [
        (EventKind.MEDIA_LOST, "1006"),
        (EventKind.KALLGLOT_ERROR, "timeout"),
        (EventKind.KALLGLOT_ERROR, "other"),
    ]


def test_what_comes_after_the_end_is_not_told() -> None:
    told = Told()
    with capture_logs() as lines:
        told.note(MediaLost(1006), StreamLost("gone"), MediaUnusable("late"), state=State.CLOSED)
    assert (told.events, lines) == ([], [])
