"""Recorded sentences whose words are known, and how many of them somebody understood."""

import audioop
import re
import wave
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parents[3] / "gateway" / "demo" / "speech"


@dataclass(frozen=True)
class Recorded:
    """A sentence that somebody reads: 8 kHz, 16 bits."""

    name: str
    words: str

    @property
    def path(self) -> Path:
        return _FOLDER / self.name

    def ulaw(self) -> bytes:
        """As a telephone carries it."""
        with wave.open(str(self.path)) as recording:
            return audioop.lin2ulaw(recording.readframes(recording.getnframes()), 2)


SENTENCES = (
    Recorded("made_amiable_himself.wav", "He might even have been made amiable himself."),
    Recorded("rather_cold_hearted.wav", "Unless to be rather cold-hearted and rather selfish is to be ill-disposed."),
)


def word_accuracy(said: str, understood: str) -> float:
    """1 less the share of words that were left out, put in or mistaken: 1 - WER."""
    wanted, got = _words(said), _words(understood)
    row = list(range(len(got) + 1))
    for number, word in enumerate(wanted, 1):
        above, row = row, [number]
        for column, other in enumerate(got, 1):
            row.append(min(above[column] + 1, row[-1] + 1, above[column - 1] + (word != other)))
    return 1 - row[-1] / len(wanted)


def _words(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.lower())
