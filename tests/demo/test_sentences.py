import pytest

from gateway.demo.sentences import COLD_HEARTED, MADE_AMIABLE, Sentence
from tests.demo.sounds import RATE_HZ, read


@pytest.mark.parametrize("sentence", [MADE_AMIABLE, COLD_HEARTED], ids=lambda sentence: sentence.path.stem)
def test_a_sentence_is_short_and_is_documented(sentence: Sentence) -> None:
    """Its words and where it is from stand beside it."""
    assert 2.5 <= len(read(sentence.path)) / (2 * RATE_HZ) <= 5.5
    assert f"| `{sentence.path.name}` | {sentence.words} |" in (sentence.path.parent / "README.md").read_text()
