"""Words to another language's words, with Apertium's own programs.

Each pair of languages is a pipe of programs that stays open: 2 ms a sentence, where the command `apertium` takes 200.
They are started as their `.mode` file says, each with `-z`: then a zero byte flushes what came before it. Text and
format are told apart as https://wiki.apertium.org/wiki/Apertium_stream_format says.
"""

import os
import re
import select
import shlex
import subprocess
from pathlib import Path

MODES = Path("/usr/share/apertium/modes")
"""Where Debian's packages put them."""
ANSWER_S = 10.0
"""A pipe that takes longer for a sentence is broken: the first, when its programs load, takes 0.3."""

_ISO_639_3 = {
    "af": "afr", "ar": "ara", "be": "bel", "bg": "bul", "br": "bre", "ca": "cat", "cy": "cym", "da": "dan",
    "en": "eng", "eo": "epo", "es": "spa", "eu": "eus", "fr": "fra", "gl": "glg", "id": "ind", "is": "isl",
    "it": "ita", "kk": "kaz", "mk": "mkd", "ms": "zlm", "mt": "mlt", "nl": "nld", "nn": "nno", "no": "nob",
    "oc": "oci", "pl": "pol", "pt": "por", "ro": "ron", "ru": "rus", "sl": "slv", "sv": "swe", "tt": "tat",
    "uk": "ukr", "ur": "urd",
}  # fmt: skip
"""Newer pairs are named by three letters, older ones by two."""

_RESERVED = re.compile(r"[\\\[\]{}^$/@<>]")
_ESCAPED = re.compile(r"\\(.)")
_END = b"[][\n]\0"


class Apertium:
    """Translates between the pairs of languages that are installed."""

    def __init__(self, modes: Path = MODES, answer_s: float = ANSWER_S) -> None:
        self._modes = modes
        self._answer_s = answer_s
        self._pipes: dict[Path, _Pipe] = {}

    def translate(self, text: str, source: str, target: str) -> str | None:
        """The text in the other language, or None: that pair is not installed, or does not work."""
        mode = find_mode(self._modes, source, target)
        if mode is None:
            return None
        try:
            pipe = self._pipes.get(mode)
            if pipe is None:
                pipe = self._pipes[mode] = _Pipe(read_mode(mode.read_text()), self._answer_s)
            return pipe.translate(text)
        except OSError:
            if broken := self._pipes.pop(mode, None):
                broken.close()
            return None

    def close(self) -> None:
        """End the programs."""
        for pipe in self._pipes.values():
            pipe.close()
        self._pipes.clear()


def find_mode(modes: Path, source: str, target: str) -> Path | None:
    """The file that says how a pair is translated, or None: it is not installed."""
    names = [f"{a}-{b}.mode" for a in _codes(source) for b in _codes(target)]
    return next((modes / name for name in names if (modes / name).is_file()), None)


def read_mode(mode: str) -> list[list[str]]:
    """The programs of a pipe, with their arguments, from a `.mode` file.

    `$1` stands for the generator's way with unknown words: `-n` leaves them as they are, unmarked. `$2` stands for
    nothing.
    """
    programs = [shlex.split(stage.replace("$1", "-n").replace("$2", "")) for stage in mode.strip().split("|")]
    return [[name, "-z", *arguments] for name, *arguments in programs]


def escape(text: str) -> str:
    """Text as Apertium reads it: in one line, what has a meaning for it escaped."""
    return _RESERVED.sub(r"\\\g<0>", " ".join(text.replace("\0", " ").split()))


def unescape(text: str) -> str:
    """Text as people read it."""
    return _ESCAPED.sub(r"\1", text)


def _codes(language: str) -> tuple[str, ...]:
    return (_ISO_639_3[language], language) if language in _ISO_639_3 else (language,)


class _Pipe:
    def __init__(self, programs: list[list[str]], answer_s: float) -> None:
        self._answer_s = answer_s
        self._processes: list[subprocess.Popen[bytes]] = []
        try:
            for program in programs:
                self._start(program)
        except OSError:
            self.close()
            raise

    def translate(self, text: str) -> str:
        """One sentence.

        Raises:
            OSError: a program has ended, or does not answer.
        """
        first = self._processes[0].stdin
        assert first is not None
        first.write(escape(text).encode() + _END)
        first.flush()
        answer = unescape(self._read().removesuffix(_END).decode(errors="replace"))
        return " ".join(answer.split())  # a word that has no counterpart leaves its space

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()

    def _start(self, program: list[str]) -> None:
        before = self._processes[-1].stdout if self._processes else None
        process = subprocess.Popen(  # noqa: S603  what the installed mode file names
            program,
            stdin=subprocess.PIPE if before is None else before,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        self._processes.append(process)
        if before is not None:
            before.close()  # it is the new program's now: the one before learns when that ends

    def _read(self) -> bytes:
        last = self._processes[-1].stdout
        assert last is not None
        answer = b""
        while not answer.endswith(b"\0"):
            ready, _, _ = select.select([last], [], [], self._answer_s)
            if not ready:
                raise TimeoutError(f"no translation within {self._answer_s} s")
            data = os.read(last.fileno(), 65_536)
            if not data:
                raise BrokenPipeError("a program of the pipe has ended")
            answer += data
        return answer
