from gateway.sandbox.counterparts.base import Say
from gateway.sandbox.mouth import Mouth, Voice
from gateway.sandbox.playout import Delivery

LONG = Say("customer", b"x" * 2400)
"""Three pieces of 100 ms."""
PIECE = ("customer", b"x" * 800)


def test_a_burst_is_said_at_once() -> None:
    """In pieces all the same, and there is nothing to wait for."""
    mouth = Mouth(Voice(Delivery.BURST))
    assert mouth.say(LONG, 1_000) == [PIECE] * 3
    assert mouth.next_deadline_ms() is None


def test_two_speakers_are_answered_side_by_side() -> None:
    """Each at the speed of speech; the next deadline is the earlier one."""
    mouth = Mouth(Voice())
    assert mouth.say(LONG, 1_000) == [PIECE]
    assert mouth.say(Say("agent", b"y" * 1600), 1_010) == [("agent", b"y" * 800)]
    assert mouth.next_deadline_ms() == 1_100
    assert mouth.release(1_110) == [PIECE, ("agent", b"y" * 800)]


def test_a_starved_mouth_says_nothing_and_then_everything() -> None:
    """What was to be said at once first, and the rest as it has come due."""
    mouth = Mouth(Voice())
    mouth.starve(2_000)
    assert mouth.say(LONG, 1_000) == []
    assert mouth.say(Say("agent", b"abc", at_once=True), 1_000) == []
    assert mouth.release(1_999) == []
    assert mouth.next_deadline_ms() == 2_000
    assert mouth.release(2_000) == [("agent", b"abc"), *[PIECE] * 3]
    assert mouth.next_deadline_ms() is None


def test_what_is_said_at_once_waits_for_no_turn() -> None:
    """An echo comes while a turn is being said."""
    mouth = Mouth(Voice())
    mouth.say(LONG, 1_000)
    assert mouth.say(Say("customer", b"abc", at_once=True), 1_010) == [("customer", b"abc")]


def test_a_mouth_that_is_told_to_hurry_waits_for_nothing() -> None:
    """What is left of a turn, and every later one."""
    mouth = Mouth(Voice())
    assert mouth.say(LONG, 1_000) == [PIECE]
    mouth.hurry()
    assert mouth.release(1_000) == [PIECE] * 2
    assert mouth.say(LONG, 1_000) == [PIECE] * 3
    assert mouth.say(Say("agent", b"y" * 1600), 1_000) == [("agent", b"y" * 800)] * 2


def test_a_mouth_that_is_hushed_forgets_what_it_was_to_say() -> None:
    """The session is over."""
    mouth = Mouth(Voice())
    mouth.say(LONG, 1_000)
    mouth.starve(2_000)
    mouth.say(Say("agent", b"abc", at_once=True), 1_000)
    mouth.hush()
    assert mouth.next_deadline_ms() is None
    assert mouth.release(3_000) == []
