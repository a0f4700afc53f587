import shutil
import sys
from pathlib import Path

import pytest

from gateway.sandbox.speech.espeak import EspeakCommand, EspeakLibrary
from gateway.sandbox.speech.packages import espeak_library

COMMAND = shutil.which("espeak-ng")
LIBRARY = espeak_library()

PROGRAM = f"""#!{sys.executable}
import sys, wave
language, rate = sys.argv[2], sys.argv[4]
if language != "es":
    sys.exit(1)
text = sys.stdin.buffer.read().decode()
with wave.open(sys.stdout.buffer, "wb") as sound:
    sound.setnchannels(1)
    sound.setsampwidth(2)
    sound.setframerate(16000)
    sound.writeframes(bytes(2 * 16 * 10 * len(text) * 175 // int(rate)))
"""
"""Ten milliseconds a letter, in Spanish."""


@pytest.fixture
def command(tmp_path: Path) -> EspeakCommand:
    program = tmp_path / "espeak-ng"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    return EspeakCommand(program)


def test_the_command_is_told_words_language_and_speed(command: EspeakCommand) -> None:
    """Its WAV becomes telephone audio."""
    assert len(command.say("Año nuevo.", "es", 1.0) or b"") == pytest.approx(8 * 100, abs=16)
    assert len(command.say("Año nuevo.", "es", 2.0) or b"") == pytest.approx(8 * 50, abs=16)


def test_a_language_that_it_does_not_speak_is_not_spoken(command: EspeakCommand) -> None:
    """Somebody else may."""
    assert command.say("Hallo", "de", 1.0) is None


@pytest.mark.skipif(COMMAND is None, reason="espeak-ng is not installed")
def test_espeak_ng_itself_speaks() -> None:
    """Debian's command: a second of Spanish, half of it at twice the speed, and no Klingon's Klingon."""
    assert COMMAND is not None
    espeak = EspeakCommand(Path(COMMAND))

    once, twice = (espeak.say("Hola, buenos días.", "es", speed) for speed in (1.0, 2.0))
    assert once is not None
    assert twice is not None
    assert 6_000 < len(once) < 20_000
    assert len(twice) < 0.8 * len(once)
    assert espeak.say("Hola", "xx", 1.0) is None


@pytest.mark.skipif(LIBRARY is None, reason="the extra 'speech' is not there")
def test_the_library_speaks_as_the_command_does() -> None:
    """A second of Spanish, every time anew."""
    assert LIBRARY is not None
    espeak = EspeakLibrary(LIBRARY, LIBRARY.parent / "espeak-ng-data")

    first, second = (espeak.say("Hola, buenos días.", "es", 1.0) for _ in range(2))
    assert first is not None
    assert 6_000 < len(first) < 20_000
    assert second is not None
    assert len(second) == pytest.approx(len(first), abs=800)
    assert espeak.say("Hola", "xx", 1.0) is None
