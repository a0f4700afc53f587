from gateway.sandbox.counterparts.base import Final, Partial, Say
from gateway.sandbox.counterparts.screenplay import Line, Screenplay, Spoken
from gateway.sandbox.counterparts.script import Script
from gateway.sandbox.plans import SessionPlan
from gateway.sandbox.transcript import Translation
from gateway.sandbox.turns import TurnPolicy

NOW = 1_774_522_800_000
TALK, QUIET = b"\x00" * 160, b"\xff" * 160
PLAN = SessionPlan("bidirectional_translation", "de", "en")
ORDER = Spoken(Line("Ich möchte ändern", "customer", "de", "I want to change", confidence=0.96), b"sound")
WHICH = Spoken(Line("Which order?", "agent"), b"")


def script(*turns: Spoken, partial_every_ms: int = 1000) -> Script:
    """One that takes any frame but silence for speech."""
    policy = TurnPolicy(partial_every_ms=partial_every_ms)
    return Script(PLAN, Screenplay(turns), lambda: lambda frame: frame != QUIET, policy)


def test_a_turn_that_ends_is_the_next_line() -> None:
    """Its text, what it means to the other side, its sound."""
    it = script(ORDER, partial_every_ms=200)
    replies = it.hear("customer", TALK * 20 + QUIET * 25, NOW)

    assert replies[-2:] == [
        Final("customer", "Ich möchte ändern", NOW, "de", Translation("en", "I want to change"), 0.96),
        Say("customer", b"sound"),
    ]
    assert replies[0] == Partial("customer", "Ich möchte", "de")


def test_a_line_belongs_to_its_speaker() -> None:
    """The agent does not say the customer's; a line without a sound is only written down."""
    it = script(ORDER, WHICH)

    assert it.hear("agent", TALK * 4 + QUIET * 25, NOW) == [Final("agent", "Which order?", NOW)]
    assert it.hear("agent", TALK * 4 + QUIET * 25, NOW) == []
    assert len(it.hear("customer", TALK * 4 + QUIET * 25, NOW)) == 2


def test_a_line_with_a_time_is_said_unprompted() -> None:
    """So long after the first audio; in the order of their times, whoever is named or the customer."""
    late = Spoken(Line("Hallo?", at_s=2.5), b"late")
    early = Spoken(Line("Guten Tag", "agent", at_s=1, translation="Good day"), b"early")
    it = script(late, early)
    assert (it.next_deadline_ms(), it.due(NOW)) == (None, [])
    it.hear("customer", QUIET, NOW)

    assert (it.due(NOW + 999), it.next_deadline_ms()) == ([], NOW + 1000)
    assert it.due(NOW + 1000) == [
        Final("agent", "Guten Tag", NOW + 1000, None, Translation("de", "Good day")),
        Say("agent", b"early"),
    ]
    assert it.due(NOW + 9000) == [Final("customer", "Hallo?", NOW + 9000), Say("customer", b"late")]
    assert (it.next_deadline_ms(), it.finish()) == (None, [])
