import json
from pathlib import Path

import pytest

from gateway.sandbox.speech.packages import PIPER, is_installed, packaged_voice
from gateway.sandbox.speech.piper import PiperVoice, language_of


def test_a_voice_says_what_it_speaks(tmp_path: Path) -> None:
    """By the description that comes with it."""
    (tmp_path / "joe.onnx.json").write_text(json.dumps({"espeak": {"voice": "en-us"}}))

    assert language_of(tmp_path / "joe.onnx") == "en"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"espeak": 3}', '{"espeak": {}}'])
def test_a_file_that_describes_no_voice_is_refused(tmp_path: Path, text: str) -> None:
    """Before anybody speaks."""
    (tmp_path / "joe.onnx.json").write_text(text)

    with pytest.raises(ValueError, match=r"voice|Expecting"):
        language_of(tmp_path / "joe.onnx")


@pytest.mark.skipif(not is_installed(PIPER) or packaged_voice() is None, reason="piper or its voice is not installed")
def test_piper_speaks_its_own_language() -> None:
    """Two seconds of English, and no Spanish."""
    voice = packaged_voice()
    assert voice is not None
    joe = PiperVoice(voice)

    ulaw = joe.say("Your order has been shipped and will arrive tomorrow morning.", "en", 1.0)
    assert ulaw is not None
    assert 1.5 * 8000 < len(ulaw) < 6 * 8000
    assert joe.say("Hola", "es", 1.0) is None
