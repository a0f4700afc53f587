from gateway.sandbox.speech.interpreter import Interpreter
from gateway.sandbox.speech.recognise import Words
from gateway.sandbox.speech.tasks import Task, Understood
from gateway.sandbox.transcript import Translation


class Ear:
    """Takes the audio for English text."""

    def recognise(self, ulaw: bytes, language: str | None) -> Words:
        return Words(ulaw.decode(), language or "en", 0.9)


class Dictionary:
    """Knows one word."""

    def translate(self, text: str, source: str, target: str) -> str | None:
        return {("house", "en", "es"): "casa"}.get((text, source, target))


class Mouth:
    """Says the words as they are."""

    def say(self, text: str, language: str, speed: float) -> bytes:
        return f"{language} {text} {speed}".encode()


def do(task: Task) -> Understood:
    return Interpreter(Ear(), Dictionary(), Mouth()).do(task)


def test_a_turn_is_written_down_translated_and_spoken() -> None:
    """In the other party's language, as fast as the session asked for."""
    assert do(Task(b"house", "en", "es", speed=1.5)) == Understood(
        "house", "en", 0.9, Translation("es", "casa"), b"es casa 1.5"
    )


def test_a_translation_that_cannot_be_had_is_said_to_be_absent() -> None:
    """Nobody takes the same words for a translation; they are spoken all the same."""
    understood = do(Task(b"house", "en", "de"))

    assert understood.translation == Translation("de", "[no translation: Apertium offers none here from en to de]")
    assert understood.ulaw == b"en house 1.0"


def test_who_speaks_the_other_language_is_not_translated() -> None:
    """Nor is anybody where no other language was named."""
    assert do(Task(b"casa", "es", "es")) == Understood("casa", "es", 0.9, None, b"es casa 1.0")
    assert do(Task(b"house", None, None)) == Understood("house", "en", 0.9, None, b"en house 1.0")


def test_a_turn_that_goes_on_is_recognised_alone() -> None:
    """There will be more of it."""
    assert do(Task(b"house", "en", "es", partial=True)) == Understood("house", "en", 0.9)


def test_noise_is_neither_translated_nor_spoken() -> None:
    """No words, no answer."""
    assert do(Task(b"", "en", "es")) == Understood("", "en", 0.9)
