"""Audio for the parrot: a recorded sentence and silence, as μ-law at 8 kHz."""

import audioop
import wave
from pathlib import Path

_SPEECH = Path(__file__).parent.parent / "data" / "speech" / "not_an_ill_disposed_young_man.wav"


def speech() -> bytes:
    """2.66 s of somebody reading Jane Austen."""
    with wave.open(str(_SPEECH)) as recording:
        return audioop.lin2ulaw(recording.readframes(recording.getnframes()), 2)


def silence(duration_ms: int) -> bytes:
    """μ-law zeros."""
    return b"\xff" * (8 * duration_ms)


def chunks(ulaw: bytes, duration_ms: int = 100) -> list[bytes]:
    """Audio in pieces, the last one perhaps shorter."""
    size = 8 * duration_ms
    return [ulaw[start : start + size] for start in range(0, len(ulaw), size)]
