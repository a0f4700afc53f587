"""Speech by espeak-ng: its library in this process, or its command. Sounds like a machine, in a hundred languages."""

import ctypes
import io
import subprocess
import wave
from pathlib import Path

from gateway.sandbox.speech.sound import narrow

WORDS_PER_MINUTE = 175
"""espeak-ng's own default: speed 1."""

# speak_lib.h
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_DONT_EXIT = 0x8000
_RATE = 1
_CHARS_UTF8 = 1
_POS_CHARACTER = 1
_OK = 0
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


class EspeakLibrary:
    """The library, which keeps its state to itself: one in a process, and one thread."""

    def __init__(self, library: Path, data: Path) -> None:
        self._espeak = ctypes.CDLL(str(library))
        self._rate_hz: int = self._espeak.espeak_Initialize(
            _AUDIO_OUTPUT_SYNCHRONOUS, 0, str(data).encode(), _DONT_EXIT
        )
        if self._rate_hz <= 0:
            raise OSError(f"espeak-ng does not start with {data}")
        self._heard: list[bytes] = []
        self._callback = _Callback(self._take)  # the library keeps a bare pointer to it
        self._espeak.espeak_SetSynthCallback(self._callback)

    def say(self, text: str, language: str, speed: float) -> bytes | None:
        if self._espeak.espeak_SetVoiceByName(language.encode()) != _OK:
            return None
        self._espeak.espeak_SetParameter(_RATE, round(WORDS_PER_MINUTE * speed), 0)
        self._heard.clear()
        words = text.encode() + b"\0"
        self._espeak.espeak_Synth(
            words,
            ctypes.c_size_t(len(words)),
            ctypes.c_uint(0),
            _POS_CHARACTER,
            ctypes.c_uint(0),
            _CHARS_UTF8,
            None,
            None,
        )
        self._espeak.espeak_Synchronize()
        return narrow(b"".join(self._heard), self._rate_hz)

    def _take(self, samples: int | None, count: int, _events: int | None) -> int:
        if samples is not None:  # the end of the text comes without any
            self._heard.append(ctypes.string_at(samples, count * 2))
        return 0


class EspeakCommand:
    """The command."""

    def __init__(self, program: Path) -> None:
        self._program = program

    def say(self, text: str, language: str, speed: float) -> bytes | None:
        rate = str(round(WORDS_PER_MINUTE * speed))
        command = [str(self._program), "-v", language, "-s", rate, "-b", "1", "--stdin", "--stdout"]
        done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)  # noqa: S603  as installed
        if done.returncode != 0 or not done.stdout:
            return None
        with wave.open(io.BytesIO(done.stdout)) as sound:
            return narrow(sound.readframes(sound.getnframes()), sound.getframerate())
