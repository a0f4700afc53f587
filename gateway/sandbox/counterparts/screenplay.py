"""A file of turns for the counterpart that follows a script.

```toml
[[turn]]                            # when somebody has finished speaking, this is what was said
text = "Ich möchte meine Bestellung ändern"
language = "de"
translation = "I want to change my order"
translation_language = "en"         # left out: what the other side understands
confidence = 0.96
audio = "order.wav"                 # said in reply: 8 kHz mono; left out: `beep_ms` of a tone, or nothing
speaker = "customer"                # left out: whoever it was

[[turn]]
at_s = 2.5                          # said so long after the first audio, whether or not anybody spoke
speaker = "customer"
text = "Hallo?"
beep_ms = 800
```
"""

import audioop
import wave
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from gateway.errors import ConfigError
from gateway.sandbox.counterparts.sound import tone


class Line(Struct, forbid_unknown_fields=True):
    """One `[[turn]]`."""

    text: Annotated[str, Meta(min_length=1)]
    speaker: str | None = None
    language: str | None = None
    translation: str | None = None
    translation_language: str | None = None
    confidence: Annotated[float, Meta(ge=0, le=1)] | None = None
    at_s: Annotated[float, Meta(ge=0)] | None = None
    audio: str | None = None
    beep_ms: Annotated[int, Meta(ge=0, le=60_000)] = 0


class Spoken(Struct, frozen=True):
    """A turn, with its sound."""

    line: Line
    ulaw: bytes


class Screenplay(Struct, frozen=True):
    """A script that was read."""

    turns: tuple[Spoken, ...]


class _File(Struct, forbid_unknown_fields=True):
    turn: list[Line]


def load_screenplay(path: Path) -> Screenplay:
    """Read a script and the audio that it names.

    Raises:
        ConfigError: something cannot be read, or is not what it should be.
    """
    try:
        lines = msgspec.toml.decode(path.read_bytes(), type=_File).turn
    except OSError as exc:
        raise ConfigError([f"script: cannot read {path}: {exc.strerror}"]) from exc
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise ConfigError([f"script: {path}: {exc}"]) from exc
    return Screenplay(tuple(Spoken(line, _sound(path.parent, line)) for line in lines))


def _sound(folder: Path, line: Line) -> bytes:
    return tone(line.beep_ms) if line.audio is None else _read_wav(folder / line.audio)


def _read_wav(path: Path) -> bytes:
    try:
        with wave.open(str(path), "rb") as file:
            shape = file.getframerate(), file.getnchannels(), file.getsampwidth()
            linear = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as exc:
        raise ConfigError([f"script: cannot read the audio {path}: {exc}"]) from exc
    if shape != (8000, 1, 2):
        raise ConfigError([f"script: {path} must be 8000 Hz, 1 channel, 16 bits, not {shape}"])
    return audioop.lin2ulaw(linear, 2)
