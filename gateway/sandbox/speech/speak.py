"""Words to speech, by the best voice that is at hand."""

from collections.abc import Sequence
from typing import Protocol

from gateway.sandbox.speech.espeak import EspeakCommand, EspeakLibrary
from gateway.sandbox.speech.outfit import Outfit
from gateway.sandbox.speech.piper import PiperVoice


class Voice(Protocol):
    """Somebody who speaks a language, or several."""

    def say(self, text: str, language: str, speed: float) -> bytes | None:
        """The text, spoken, as μ-law; None: not in this language."""
        ...


class Voices:
    """Several, the best first."""

    def __init__(self, voices: Sequence[Voice]) -> None:
        self._voices = voices

    def say(self, text: str, language: str, speed: float) -> bytes:
        """The text, spoken, as μ-law; empty where nobody speaks the language."""
        for voice in self._voices:
            ulaw = voice.say(text, language, speed)
            if ulaw is not None:
                return ulaw
        return b""


def open_voices(outfit: Outfit) -> Voices:
    """Piper where it speaks the language, espeak-ng elsewhere."""
    voices: list[Voice] = []
    if outfit.piper_voice is not None:
        voices.append(PiperVoice(outfit.piper_voice))
    if outfit.espeak_library is not None:
        voices.append(EspeakLibrary(outfit.espeak_library, outfit.espeak_library.parent / "espeak-ng-data"))
    elif outfit.espeak_command is not None:
        voices.append(EspeakCommand(outfit.espeak_command))
    return Voices(voices)
