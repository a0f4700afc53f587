"""Sounds to say on a call, and how alike two of them are."""

import array
import io
import math
import wave

import numpy as np

RATE_HZ = 8000

_Samples = np.ndarray[tuple[int], np.dtype[np.float64]]


def chirps(seconds: float, *, seed: int = 1) -> bytes:
    """16-bit linear audio, no stretch of which is like another: a tone that wanders between 300 and 2800 Hz."""
    samples = array.array("h")
    phase = 0.0
    for i in range(int(seconds * RATE_HZ)):
        at_s = i / RATE_HZ
        hz = 1500 + 900 * math.sin(2.3 * at_s * seed + 1) + 350 * math.sin(11.7 * at_s + seed)
        phase += 2 * math.pi * hz / RATE_HZ
        samples.append(int(9000 * math.sin(phase)))
    return samples.tobytes()


def wav(linear: bytes) -> bytes:
    """The same as a WAV file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(linear)
    return buffer.getvalue()


def likeness(sent: bytes, heard: bytes, torn: int = 0) -> float:
    """How well the worst 300 ms of `sent` are found again in `heard`, 0 to 1; both 16-bit linear.

    Piece by piece: a carrier that ran dry for a moment has shifted what follows, and nobody's ear minds. Where it was
    sent something in between that often, as many pieces may be `torn` by it, half of them at most.
    """
    wanted = np.frombuffer(sent, dtype=np.int16).astype(np.float64)
    found = np.frombuffer(heard, dtype=np.int16).astype(np.float64)
    size = RATE_HZ * 3 // 10
    pieces = [wanted[at : at + size] for at in range(0, len(wanted) - size + 1, size)]
    return sorted(_best(piece, found) for piece in pieces)[min(torn, len(pieces) // 2)]


def _best(piece: _Samples, found: _Samples) -> float:
    if len(found) < len(piece):
        return 0.0
    products = np.correlate(found, piece, "valid")
    energies = np.convolve(found**2, np.ones(len(piece)), "valid")
    norms = np.sqrt(np.maximum(energies, 1.0) * np.sum(piece**2))
    return float(np.max(products / norms))
