"""Speech by a piper voice: one language, and it sounds like somebody."""

import json
from pathlib import Path

from gateway.sandbox.speech.sound import narrow


def language_of(voice: Path) -> str:
    """The language of a voice, as its description beside it says: `en`.

    Raises:
        OSError: there is no such file.
        ValueError: it is not a voice's.
    """
    described = json.loads(Path(f"{voice}.json").read_text())
    try:
        return str(described["espeak"]["voice"]).split("-")[0]
    except (KeyError, TypeError) as exc:
        raise ValueError(f"{voice}.json names no espeak voice") from exc


class PiperVoice:
    """A voice that has been loaded."""

    def __init__(self, voice: Path) -> None:
        from piper import PiperVoice as Loaded  # noqa: PLC0415  optional, and workers alone load it

        self._language = language_of(voice)
        self._voice = Loaded.load(voice)

    def say(self, text: str, language: str, speed: float) -> bytes | None:
        from piper import SynthesisConfig  # noqa: PLC0415

        if language != self._language:
            return None
        chunks = list(self._voice.synthesize(text, SynthesisConfig(length_scale=1 / speed)))
        linear = b"".join(chunk.audio_int16_bytes for chunk in chunks)
        return narrow(linear, self._voice.config.sample_rate)
