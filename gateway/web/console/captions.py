"""The last that was said on each call, as Kallglot understood it, while somebody watches. Sans-I/O."""

from collections import deque
from collections.abc import Collection, Sequence

from msgspec import Struct

from gateway.bridge.transcripts import TranscriptLine
from gateway.calls import CallId
from gateway.telemetry.redact import redact_text

_KEPT_LINES = 4
_KEPT_CHARACTERS = 280
"""Of one line and of its translation: about three lines of print. Of more the end is kept, which is the news."""


class Caption(Struct, frozen=True):
    """One line; numbers that somebody spells out are masked."""

    speaker: str
    """As the stream names them; "" where it does not."""
    text: str
    translation: str
    """"" where there is none."""
    final: bool
    """It will not change any more."""


class Captions:
    """Follows the transcripts of the calls that are live."""

    def __init__(self) -> None:
        self._calls: dict[CallId, _Lines] = {}

    def take(self, line: TranscriptLine) -> None:
        """Something was said."""
        self._calls.setdefault(line.call_id, _Lines()).take(line)

    def of(self, call_id: CallId) -> Sequence[Caption]:
        """The last few of a call, oldest first; one that may still change comes last."""
        lines = self._calls.get(call_id)
        return lines.last() if lines is not None else ()

    def keep_only(self, live: Collection[CallId]) -> None:
        """Forget what was said on other calls."""
        for call_id in self._calls.keys() - live:
            del self._calls[call_id]

    def clear(self) -> None:
        """Forget everything."""
        self._calls.clear()


class _Lines:
    """One call's."""

    def __init__(self) -> None:
        self._final: deque[Caption] = deque(maxlen=_KEPT_LINES)
        self._growing: Caption | None = None

    def take(self, line: TranscriptLine) -> None:
        """What is final takes the place of what was not."""
        caption = Caption(line.speaker or "", _shown(line.text), _shown(line.translation or ""), line.is_final)
        if not line.is_final:
            self._growing = caption
            return
        self._final.append(caption)
        if self._growing is not None and self._growing.speaker == caption.speaker:
            self._growing = None

    def last(self) -> Sequence[Caption]:
        growing = () if self._growing is None else (self._growing,)
        return (*self._final, *growing)[-_KEPT_LINES:]


def _shown(text: str) -> str:
    # Masked before it is cut, which would leave half a number that looks like none.
    masked = redact_text(text[-4 * _KEPT_CHARACTERS :])
    return masked if len(masked) <= _KEPT_CHARACTERS else "…" + masked[1 - _KEPT_CHARACTERS :]
