from gateway.sandbox.counterparts.base import Final, Partial, Reply, Say
from gateway.sandbox.counterparts.speech import NOT_RECOGNISED, Speech
from gateway.sandbox.plans import SessionPlan, VoiceHints
from gateway.sandbox.speech.tasks import Understood
from gateway.sandbox.transcript import Translation
from tests.sandbox.sounds import chunks, silence, speech
from tests.sandbox.speech.understanding import FakeUnderstanding

PLAN = SessionPlan("bidirectional_translation", "en", "es", voice=VoiceHints(speed=1.5))
HELLO = Understood("Hello.", "en", 0.9, Translation("es", "Hola."), b"hola")


class Ends:
    """A counterpart, those who understand for it, and how often its session was woken."""

    def __init__(self, plan: SessionPlan = PLAN) -> None:
        self.understanding = FakeUnderstanding()
        self.woken = 0
        self.counterpart = Speech(plan, self.understanding, self._wake)

    def tell(self, ulaw: bytes, *, speaker: str = "customer", start_ms: int = 0) -> None:
        """Say it in 100 ms messages, a tenth of a second apart; nothing is replied before it is understood."""
        for number, chunk in enumerate(chunks(ulaw)):
            assert self.counterpart.hear(speaker, chunk, start_ms + 100 * number) == []

    def due(self) -> list[Reply]:
        return self.counterpart.due(0)

    def _wake(self) -> None:
        self.woken += 1


def test_a_turn_is_understood_as_a_whole() -> None:
    """The very bytes of it, in the languages and at the speed of the session; its audio is spoken when it is there."""
    ends = Ends()
    ends.understanding.idle = False
    ends.tell(silence(1000) + speech() + silence(1000))

    [task] = ends.understanding.asked
    assert speech()[2000:-2000] in task.ulaw
    assert (task.language, task.target, task.speed, task.partial) == ("en", "es", 1.5, False)
    assert ends.due() == []
    ends.understanding.answer(0, HELLO)
    assert ends.woken == 1
    [final, say] = ends.due()
    assert isinstance(final, Final)
    assert 1000 <= final.began_ms <= 1300
    assert final == Final("customer", "Hello.", final.began_ms, "en", Translation("es", "Hola."), 0.9)
    assert say == Say("customer", b"hola")
    assert ends.due() == []


def test_while_somebody_speaks_their_words_so_far_are_told() -> None:
    """From the beginning of the turn, once a second; one look at a time."""
    ends = Ends()
    ends.tell(speech())
    [task] = ends.understanding.asked

    assert task.partial
    assert 8000 <= len(task.ulaw) < 12_000
    assert task.ulaw in silence(400) + speech()
    ends.understanding.answer(0, Understood("Hel", "en"))
    assert ends.due() == [Partial("customer", "Hel", "en")]
    assert ends.due() == []
    ends.tell(speech()[8000:])
    assert len(ends.understanding.asked) == 2
    assert len(ends.understanding.asked[1].ulaw) > len(task.ulaw)


def test_a_look_that_shows_nothing_is_not_told() -> None:
    """Nor is one that failed; the next may show more."""
    ends = Ends()
    ends.tell(speech())
    ends.understanding.answer(0, Understood("", "en"))
    assert ends.due() == []
    ends.tell(speech()[8000:])
    ends.understanding.answer(1, RuntimeError("it broke"))
    assert ends.due() == []


def test_whole_turns_go_before_looks() -> None:
    """Nobody looks while every process is at work; a look that has not begun is given up when its turn has ended."""
    ends = Ends()
    ends.tell(speech() + silence(700))

    look, whole = ends.understanding.asked
    assert (look.partial, whole.partial) == (True, False)
    assert ends.understanding.futures[0].cancelled()
    ends.understanding.idle = False
    ends.tell(speech())
    assert len(ends.understanding.asked) == 2


def test_turns_are_told_in_the_order_they_ended() -> None:
    """However long each takes."""
    ends = Ends()
    ends.understanding.idle = False
    ends.tell(speech() + silence(700))
    ends.tell(speech() + silence(700), speaker="agent")

    assert [(task.language, task.target) for task in ends.understanding.asked] == [("en", "es"), ("es", "en")]
    ends.understanding.answer(1, Understood("Hola.", "es"))
    assert ends.due() == []
    ends.understanding.answer(0, Understood("Hello.", "en"))
    assert [(reply.speaker, type(reply)) for reply in ends.due()] == [("customer", Final), ("agent", Final)]


def test_what_a_speaker_speaks_is_found_out_once() -> None:
    """It takes as long again as understanding does. A turn that was hardly understood does not count."""
    ends = Ends(SessionPlan("bidirectional_translation"))
    ends.understanding.idle = False
    for number, outcome in enumerate((Understood("Lo.", "la", 0.49), Understood("Hallo.", "de", 0.5))):
        ends.tell(speech() + silence(700))
        ends.understanding.answer(number, outcome)
        ends.due()
    ends.tell(speech() + silence(700))

    assert [task.language for task in ends.understanding.asked] == [None, None, "de"]


def test_noise_has_no_line_in_the_transcript() -> None:
    """A cough is speech to a detector and no words to a recogniser."""
    ends = Ends()
    ends.understanding.idle = False
    ends.tell(speech() + silence(700))
    ends.understanding.answer(0, Understood("", "en"))

    assert ends.due() == []


def test_a_turn_that_could_not_be_understood_is_told_as_far_as_it_is_known() -> None:
    """By the last look at it, or as one of which nothing is known."""
    ends = Ends()
    ends.tell(speech())
    ends.understanding.answer(0, Understood("Hel", "en"))
    ends.due()
    ends.understanding.idle = False
    ends.tell(silence(700))
    ends.tell(speech() + silence(700))
    ends.understanding.answer(1, RuntimeError("it broke"))
    ends.understanding.answer(2, RuntimeError("it broke"))

    assert [reply.text for reply in ends.due() if isinstance(reply, Final)] == ["Hel", NOT_RECOGNISED]


def test_the_end_of_the_session_waits_for_nobody() -> None:
    """What is understood is told, of the rest as much as is known; tasks are given up, and nothing is said any more."""
    ends = Ends()
    ends.understanding.idle = False
    ends.tell(speech() + silence(700))
    ends.tell(speech() + silence(700))
    ends.understanding.answer(0, HELLO)
    ends.understanding.idle = True
    ends.tell(speech(), speaker="agent", start_ms=9000)
    ends.understanding.idle = False
    ends.tell(speech(), speaker="supervisor")

    first, second, third, fourth = ends.counterpart.finish()
    assert isinstance(first, Final)
    assert isinstance(second, Final)
    assert isinstance(third, Final)
    assert [first.text, second.text, third.text] == ["Hello.", NOT_RECOGNISED, NOT_RECOGNISED]
    assert (third.speaker, fourth.speaker) == ("agent", "supervisor")
    assert 9000 <= third.began_ms <= 9300
    assert [future.cancelled() for future in ends.understanding.futures] == [False, True, True]
    assert ends.counterpart.finish() == []


def test_silence_is_not_looked_at() -> None:
    """And it never has anything to say by itself."""
    ends = Ends()
    ends.tell(silence(3000))

    assert ends.understanding.asked == []
    assert ends.counterpart.next_deadline_ms() is None
    assert ends.counterpart.finish() == []
