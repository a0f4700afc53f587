"""Audio in JSON messages that are all worded alike: written, and read by comparing them with one that was read before.

A stream's messages differ in their payload and a few numbers, and in nothing else. One that has the very same text
around those says the same as its predecessor, and no parser has to read it. That is done where it could be compiled;
elsewhere nothing is ever read so, and whoever asks goes the way that always works.
"""

import re
from collections.abc import Sequence

import msgspec

__all__ = ["Matcher", "Wording", "framed"]

_PAYLOAD, _IGNORED, _END = -1, -2, -3
"""What follows a literal part of a message; or the index of a number that is wanted."""

_MOST_PARTS = 16

_LEARN_EVERY = 64
"""Messages that are not worded as learnt, before another is learnt: some streams may have no wording of their own."""

try:
    from gateway.audio._worded import Matcher, framed
except ImportError:

    def framed(head: bytes, payload: bytes, tail: bytes) -> bytes:
        """A message: `head`, the payload as a string of base64, `tail`."""
        return b"".join((head, msgspec.json.encode(payload), tail))

    class Matcher:  # type: ignore[no-redef]
        """Matches nothing."""

        def __init__(self, parts: Sequence[tuple[bytes, int]]) -> None:
            """`parts` are literals, each with what follows it."""

        def payload(self, message: bytes) -> bytes | None:  # noqa: ARG002 - the compiled one's
            """The payload of a message that matches."""
            return None

        def run(self, messages: list[bytes]) -> tuple[bytes, int, int, int] | None:  # noqa: ARG002 - the compiled one's
            """See `Wording.run`."""
            return None


class Wording:
    """How one stream words its messages, learnt from one that was parsed."""

    __slots__ = ("_keys", "_matcher", "_unlike", "_wanted")

    def __init__(self, wanted: Sequence[str], ignored: Sequence[str]) -> None:
        """By name: at most two numbers that `run` tells, and numbers that nobody asks for. `payload` is the payload."""
        self._wanted = tuple(wanted)
        names = "|".join(("payload", *wanted, *ignored))
        self._keys = re.compile(rf'"({names})"\s*:\s*"?'.encode())
        self._matcher: Matcher | None = None
        self._unlike = 0

    def payload(self, message: bytes) -> bytes | None:
        """Of a message that is worded as the one learnt; None of any other."""
        return self._matcher.payload(message) if self._matcher is not None else None

    def run(self, messages: list[bytes]) -> tuple[bytes, int, int, int] | None:
        """Of messages that are worded as the one learnt and follow each other, with payloads of one length.

        All the payloads, the first message's two wanted numbers, and what the second of these goes up by from message
        to message; the first goes up by one. None of any other messages.
        """
        return self._matcher.run(messages) if self._matcher is not None else None

    def learn(self, message: bytes, payload: bytes, numbers: tuple[int, int] = (0, 0)) -> bool:
        """A message that was not worded as the one learnt says this; whether others are to be worded so from now on."""
        self._unlike += 1
        if self._matcher is not None and self._unlike < _LEARN_EVERY:
            return False
        self._unlike = 0
        parts = self._parts(message)
        matcher = Matcher(parts) if parts is not None else None
        # What was parsed is the measure: a key that stands elsewhere in the message, too, has misled.
        self._matcher = matcher if matcher is not None and matcher.run([message]) == (payload, *numbers, 0) else None
        return self._matcher is not None

    def _parts(self, message: bytes) -> list[tuple[bytes, int]] | None:
        parts: list[tuple[bytes, int]] = []
        keys: set[str] = set()
        at = 0
        for found in self._keys.finditer(message):
            key = found[1].decode()
            value = re.compile(rb'[^"\\]*' if key == "payload" else rb"\d+").match(message, found.end())
            if value is None or key in keys:
                return None
            keys.add(key)
            parts.append((message[at : value.start()], self._kind(key)))
            at = value.end()
        parts.append((message[at:], _END))
        return parts if "payload" in keys and len(parts) <= _MOST_PARTS else None

    def _kind(self, key: str) -> int:
        if key == "payload":
            return _PAYLOAD
        return self._wanted.index(key) if key in self._wanted else _IGNORED
