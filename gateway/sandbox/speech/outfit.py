"""What the counterpart `speech` works with: found once, at the start, with every problem told."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import ConfigError
from gateway.sandbox.speech.packages import (
    PIPER,
    RECOGNISER,
    espeak_library,
    is_installed,
    packaged_model,
    packaged_voice,
)
from gateway.sandbox.speech.piper import language_of
from gateway.sandbox.speech.translate import MODES

HOW_TO_INSTALL = "install the extra 'speech': uv run --extra speech gateway sandbox --counterpart speech"


@dataclass(frozen=True, slots=True)
class Outfit:
    """Where everything is."""

    model: Path
    """A faster-whisper model's folder."""
    modes: Path = MODES
    """Apertium's pairs of languages; none need be there."""
    piper_voice: Path | None = None
    """A voice's `.onnx`, with its `.onnx.json` beside it."""
    espeak_library: Path | None = None
    """espeak-ng as a library, with its data beside it."""
    espeak_command: Path | None = None


def find_outfit(model: Path | None, voice: Path | None) -> Outfit:
    """What was named, and what is installed.

    Raises:
        ConfigError: something that was named is not what it should be, or something that must be there is not.
    """
    folder = model or packaged_model()
    piper_voice = voice or (packaged_voice() if is_installed(PIPER) else None)
    command = shutil.which("espeak-ng")
    problems = [] if is_installed(RECOGNISER) else [f"counterpart speech needs faster-whisper; {HOW_TO_INSTALL}"]
    problems += _model_problems(folder)
    if voice is not None:
        problems += _voice_problems(voice)
    library = espeak_library()
    if piper_voice is None and library is None and command is None:
        problems.append(f"counterpart speech needs espeak-ng or a piper voice; {HOW_TO_INSTALL}")
    if problems or folder is None:
        raise ConfigError(problems)
    return Outfit(folder, MODES, piper_voice, library, None if command is None else Path(command))


def _model_problems(folder: Path | None) -> list[str]:
    if folder is None:
        return [f"counterpart speech needs a model: name a faster-whisper model's folder, or {HOW_TO_INSTALL}"]
    # Without its tokenizer faster-whisper would go and fetch one.
    missing = [name for name in ("model.bin", "tokenizer.json") if not (folder / name).is_file()]
    return (
        [f"model: {folder} is no faster-whisper model's folder: it has no {' and no '.join(missing)}"]
        if missing
        else []
    )


def _voice_problems(voice: Path) -> list[str]:
    if not is_installed(PIPER):
        return ["voice: piper is not installed; its package is piper-tts"]
    try:
        language_of(voice)
    except (OSError, ValueError) as exc:
        return [f"voice: {voice} is no piper voice: {exc}"]
    return []
