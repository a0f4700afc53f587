from pathlib import Path

import pytest

from gateway.errors import ConfigError
from gateway.sandbox.speech.outfit import find_outfit
from gateway.sandbox.speech.packages import PIPER, RECOGNISER, espeak_library, is_installed, packaged_model


def problems(model: Path | None, voice: Path | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        find_outfit(model, voice)
    return str(caught.value)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    """With what it lacks: a model without its tokenizer would have to fetch one."""
    (tmp_path / "model.bin").touch()

    assert f"model: {tmp_path} is no faster-whisper model's folder: it has no tokenizer.json" in problems(tmp_path)


def test_a_file_that_is_no_voice_is_named(tmp_path: Path) -> None:
    """Or that piper is missing, without which no voice is of use."""
    said = problems(tmp_path, tmp_path / "joe.onnx")

    assert "is no piper voice" in said if is_installed(PIPER) else "voice: piper is not installed" in said


@pytest.mark.skipif(is_installed(RECOGNISER), reason="the extra 'speech' is there")
def test_without_the_extra_it_is_said_how_to_install_it() -> None:
    """The one command that helps."""
    assert "counterpart speech needs faster-whisper; install the extra 'speech': uv run --extra speech" in problems(
        None
    )


@pytest.mark.skipif(not is_installed(RECOGNISER) or packaged_model() is None, reason="the extra 'speech' is not there")
def test_the_extra_is_all_that_is_needed() -> None:
    """A model and a voice; another folder with a model does as well."""
    outfit = find_outfit(None, None)

    assert outfit.model == packaged_model()
    assert outfit.espeak_library == espeak_library() is not None
    assert find_outfit(outfit.model, None) == outfit
