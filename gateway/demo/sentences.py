"""The recorded sentences that come with the gateway; where they are from is in `speech/README.md`."""

from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent / "speech"


@dataclass(frozen=True, slots=True)
class Sentence:
    """Somebody says something."""

    path: Path
    """WAV, 8 kHz, 16-bit, mono."""
    words: str


MADE_AMIABLE = Sentence(_FOLDER / "made_amiable_himself.wav", "He might even have been made amiable himself.")
COLD_HEARTED = Sentence(
    _FOLDER / "rather_cold_hearted.wav", "Unless to be rather cold-hearted and rather selfish is to be ill-disposed."
)
