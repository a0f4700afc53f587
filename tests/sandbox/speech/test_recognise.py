from dataclasses import dataclass

import pytest

from gateway.sandbox.speech.packages import RECOGNISER, is_installed, packaged_model
from gateway.sandbox.speech.recognise import Recogniser, _confidence
from tests.sandbox.sounds import silence
from tests.sandbox.speech.recordings import SENTENCES, word_accuracy


@dataclass
class Segment:
    tokens: list[int]
    avg_logprob: float
    text: str = ""


def test_confidence_is_a_probability() -> None:
    """The mean of the logarithms, by the tokens; a silence has none."""
    assert _confidence([]) is None
    assert _confidence([Segment([1], 0.0)]) == 1.0
    assert _confidence([Segment([1, 2, 3], -0.1), Segment([4], -1.7)]) == 0.61


@pytest.mark.skipif(not is_installed(RECOGNISER) or packaged_model() is None, reason="the extra 'speech' is not there")
def test_recorded_sentences_are_understood() -> None:
    """Nine words of ten, over the telephone, whatever the caller was said to speak: this model knows one language."""
    folder = packaged_model()
    assert folder is not None
    recogniser = Recogniser(folder)

    for recorded, language in zip(SENTENCES, ("en", "de"), strict=True):
        words = recogniser.recognise(recorded.ulaw(), language)
        assert word_accuracy(recorded.words, words.text) >= 0.9, words.text
        assert words.language == "en"
        assert words.confidence is not None
        assert words.confidence > 0.5
    assert recogniser.recognise(silence(1000), None).text == "", "silence is no words"
