import pytest

from gateway.bridge.states import State
from gateway.calls import Direction, EndReason
from gateway.telemetry.blackbox import BoxEvent, EventKind
from gateway.telemetry.detectors import Flag, Occurrence
from gateway.telemetry.explanations import FLAGS as EXPLAINED
from gateway.web.console.wording import EVENTS, FLAGS, STATES, end_words, event_detail, flag_words, rating


def test_everything_has_words() -> None:
    """No operator reads `waiting_for_media`."""
    assert set(STATES) == set(State)
    assert set(EVENTS) == set(EventKind)
    assert set(FLAGS) == {flag for flag, _ in EXPLAINED}


@pytest.mark.parametrize(
    ("mos", "word"), [(4.41, "good"), (4.02, "good"), (4.0, "fair"), (3.6, "fair"), (3.2, "poor"), (3.0, "bad")]
)
def test_a_score_has_a_word(mos: float, word: str) -> None:
    """Whether 3.9 is much need not be known."""
    assert rating(mos) == word


def test_a_flag_says_what_the_caller_notices() -> None:
    assert "caller hears nothing" in flag_words(Occurrence(Flag.ONE_WAY, Direction.OUT, 0))
    assert "Dead air" in flag_words(Occurrence(Flag.DEAD_AIR, None, 0))


@pytest.mark.parametrize(
    ("kind", "detail", "words"),
    [
        (EventKind.FLAG, "dead_air", "Dead air: neither side speaks"),
        (EventKind.FLAG_OVER, "one_way in", "One-way audio: nothing is heard of the caller"),
        (EventKind.FLAG, "of another version", "of another version"),
        (EventKind.END, "caller_hung_up", "caller hung up"),
        (EventKind.CARRIER_FAULT, "31903", "31903 – the media socket broke while it was in use"),
        (EventKind.CARRIER_FAULT, "99999", "99999"),
        (EventKind.KALLGLOT_ERROR, "rate_limited", "rate_limited"),
    ],
)
def test_a_detail_is_explained_where_it_can_be(kind: EventKind, detail: str, words: str) -> None:
    assert event_detail(BoxEvent(0, kind, detail)) == words


def test_an_end_is_a_sentence() -> None:
    assert end_words(EndReason.CALLER_HUNG_UP) == "Caller hung up"
