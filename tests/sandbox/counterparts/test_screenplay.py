import audioop
import wave
from pathlib import Path

import pytest

from gateway.errors import ConfigError
from gateway.sandbox.counterparts.screenplay import load_screenplay
from gateway.sandbox.counterparts.sound import tone


def write_wav(path: Path, linear: bytes, rate_hz: int = 8000) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(linear)


def test_a_script_is_read_with_its_sound(tmp_path: Path) -> None:
    """From a file beside it, or a beep, or none."""
    write_wav(tmp_path / "order.wav", audioop.ulaw2lin(b"\x10" * 80, 2))
    (tmp_path / "script.toml").write_text(
        """
[[turn]]
text = "Ich möchte meine Bestellung ändern"
language = "de"
translation = "I want to change my order"
confidence = 0.96
audio = "order.wav"
[[turn]]
text = "Hallo?"
at_s = 2.5
speaker = "customer"
beep_ms = 100
[[turn]]
text = "Nichts"
"""
    )
    first, second, third = load_screenplay(tmp_path / "script.toml").turns

    assert (first.line.translation, first.line.confidence) == ("I want to change my order", 0.96)
    assert (first.ulaw, second.ulaw, third.ulaw) == (b"\x10" * 80, tone(100), b"")
    assert (second.line.at_s, second.line.speaker) == (2.5, "customer")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("x", "script.toml", id="no toml"),
        pytest.param("[[turn]]\ntext = ''", "turn[0].text", id="nothing said"),
        pytest.param("[[turn]]\ntext = 'a'\naudi = 'x'", "audi", id="misspelt"),
        pytest.param("[[turn]]\ntext = 'a'\naudio = 'absent.wav'", "absent.wav", id="no audio"),
        pytest.param("[[turn]]\ntext = 'a'\naudio = 'fast.wav'", "must be 8000 Hz", id="another rate"),
    ],
)
def test_a_script_that_cannot_be_played_is_the_operator_s_problem(tmp_path: Path, text: str, said: str) -> None:
    """Named by its place."""
    write_wav(tmp_path / "fast.wav", bytes(320), 16_000)
    (tmp_path / "script.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_screenplay(tmp_path / "script.toml")

    assert said in str(caught.value)


def test_a_missing_script_is_the_operator_s_problem(tmp_path: Path) -> None:
    """With its path."""
    with pytest.raises(ConfigError, match="absent"):
        load_screenplay(tmp_path / "absent.toml")
