"""Speech to words, with any model folder that faster-whisper loads."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gateway.sandbox.speech.sound import widen


class Segment(Protocol):
    """As much of faster-whisper's as counts here."""

    @property
    def text(self) -> str:
        """Its words, with a space before them."""
        ...

    @property
    def tokens(self) -> Sequence[int]:
        """What the words are made of."""
        ...

    @property
    def avg_logprob(self) -> float:
        """The mean logarithm of their probabilities."""
        ...


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody said."""

    text: str
    """Empty: nothing that the model takes for speech."""
    language: str
    confidence: float | None
    """From 0 to 1."""


class Recogniser:
    """Whisper, on one core."""

    def __init__(self, folder: Path) -> None:
        from faster_whisper import WhisperModel  # noqa: PLC0415  an extra, which workers alone load

        self._model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)
        self._languages = frozenset(self._model.supported_languages)

    def recognise(self, ulaw: bytes, language: str | None) -> Words:
        """What is said in up to half a minute; a language that the model does not know, or None, is found out."""
        import numpy as np  # noqa: PLC0415  it comes with faster-whisper

        segments, info = self._model.transcribe(
            np.frombuffer(widen(ulaw), np.float32),
            language=language if language in self._languages else None,
            beam_size=1,
            temperature=0,
            # Without these two, noise or a foreign language can make Whisper say one thing over and over.
            condition_on_previous_text=False,
            no_repeat_ngram_size=4,
            without_timestamps=True,
        )
        found: list[Segment] = list(segments)
        text = " ".join(segment.text.strip() for segment in found)
        return Words(text, info.language, _confidence(found))


def _confidence(segments: Sequence[Segment]) -> float | None:
    """The mean probability of a token: Whisper's own measure, a segment's logarithms averaged by its tokens."""
    tokens = sum(len(segment.tokens) for segment in segments)
    if not tokens:
        return None
    mean = sum(segment.avg_logprob * len(segment.tokens) for segment in segments) / tokens
    return round(min(1.0, math.exp(mean)), 2)
