"""Does one task after the other: recognises, translates, speaks."""

from typing import Protocol

from gateway.sandbox.speech.outfit import Outfit
from gateway.sandbox.speech.recognise import Recogniser, Words
from gateway.sandbox.speech.speak import open_voices
from gateway.sandbox.speech.tasks import Task, Understood
from gateway.sandbox.speech.translate import Apertium
from gateway.sandbox.transcript import Translation


class Recognises(Protocol):
    """Knows words from sounds."""

    def recognise(self, ulaw: bytes, language: str | None) -> Words:
        """What is said; a language of None is found out."""
        ...


class Translates(Protocol):
    """Knows languages."""

    def translate(self, text: str, source: str, target: str) -> str | None:
        """The text in the other language, or None: it cannot."""
        ...


class Speaks(Protocol):
    """Has a voice."""

    def say(self, text: str, language: str, speed: float) -> bytes:
        """The text, spoken, as μ-law; empty where it cannot."""
        ...


class Interpreter:
    """Understands what somebody says, and says it to somebody else."""

    def __init__(self, recogniser: Recognises, translator: Translates, voice: Speaks) -> None:
        self._recogniser = recogniser
        self._translator = translator
        self._voice = voice

    def do(self, task: Task) -> Understood:
        """All that a task asks for; without a translation, which is said, the words are spoken as they are."""
        words = self._recogniser.recognise(task.ulaw, task.language)
        if task.partial or not words.text:
            return Understood(words.text, words.language, words.confidence)
        translation, spoken, language = None, words.text, words.language
        if task.target is not None and task.target != words.language:
            translated = self._translator.translate(words.text, words.language, task.target)
            if translated is None:
                translation = Translation(task.target, absent(words.language, task.target))
            else:
                translation = Translation(task.target, translated)
                spoken, language = translated, task.target
        ulaw = self._voice.say(spoken, language, task.speed)
        return Understood(words.text, words.language, words.confidence, translation, ulaw)


def absent(source: str, target: str) -> str:
    """What stands where a translation cannot be had."""
    return f"[no translation: Apertium offers none here from {source} to {target}]"


def open_interpreter(outfit: Outfit) -> Interpreter:
    """Load everything; it takes seconds."""
    return Interpreter(Recogniser(outfit.model), Apertium(outfit.modes), open_voices(outfit))
