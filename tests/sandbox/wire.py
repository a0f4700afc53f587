"""What a client of the API says, written from the documents."""

import base64
import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent.parent / "data" / "kallglot" / "sandbox"

REQUESTS = sorted(path.stem for path in (_FOLDER / "requests").iterdir())
"""The documents' create bodies, by name."""


def request_sample(name: str) -> Any:
    """A create body, as printed in the documents."""
    return json.loads((_FOLDER / "requests" / f"{name}.json").read_bytes())


def response_sample(name: str) -> Any:
    """An answer, as printed in the documents."""
    return json.loads((_FOLDER / "responses" / f"{name}.json").read_bytes())


def audio_input(ulaw: bytes, sequence: int = 1, speaker: str = "customer", **audio: object) -> str:
    """An `audio.input`; `audio` adds to its `audio` object or changes it."""
    body = {"encoding": "mulaw", "sample_rate_hz": 8000, "payload": base64.b64encode(ulaw).decode(), **audio}
    message = {
        "type": "audio.input",
        "sequence": sequence,
        "timestamp_ms": 1729481920000 + sequence,
        "speaker": speaker,
        "audio": body,
    }
    return json.dumps(message)


def missing_keys(sample: Any, answer: Any, path: str = "$") -> list[str]:
    """Where an answer lacks what the sample has; a null on either side has no inside to compare."""
    if isinstance(sample, dict) and isinstance(answer, dict):
        absent = [f"{path}.{key}" for key in sample if key not in answer]
        shared = [key for key in sample if key in answer]
        return absent + [lack for key in shared for lack in missing_keys(sample[key], answer[key], f"{path}.{key}")]
    if isinstance(sample, list) and isinstance(answer, list):
        return [lack for item in answer for lack in missing_keys(sample[0], item, f"{path}[]")]
    if sample is None or answer is None or _kind(sample) == _kind(answer):
        return []
    return [f"{path} is {_kind(answer)}, not {_kind(sample)}"]


def _kind(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "number"
    return type(value).__name__
