import shutil
from pathlib import Path

import pytest

from gateway.sandbox.speech.outfit import Outfit
from gateway.sandbox.speech.speak import Voices, open_voices


class Parrot:
    """Says the words it was told, in one language."""

    def __init__(self, language: str) -> None:
        self._language = language

    def say(self, text: str, language: str, speed: float) -> bytes | None:
        return f"{self._language} {text} {speed}".encode() if language == self._language else None


def test_the_first_voice_that_speaks_the_language_speaks() -> None:
    """A good voice for its own language, another for the rest, nobody for the others."""
    voices = Voices([Parrot("en"), Parrot("es"), Parrot("en")])

    assert voices.say("hi", "en", 1.0) == b"en hi 1.0"
    assert voices.say("hola", "es", 2.0) == b"es hola 2.0"
    assert voices.say("hallo", "de", 1.0) == b""


def test_without_any_voice_nothing_is_said() -> None:
    """The transcript is all that there is."""
    assert open_voices(Outfit(Path())).say("hi", "en", 1.0) == b""


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_the_command_speaks_where_there_is_no_library() -> None:
    """The distribution's own espeak-ng is enough."""
    voices = open_voices(Outfit(Path(), espeak_command=Path(shutil.which("espeak-ng") or "")))

    assert len(voices.say("Guten Morgen.", "de", 1.0)) > 4_000
