"""Passes on what Kallglot understood, to whoever is looking at the calls. Nothing is kept.

While nobody looks it costs a glance at an empty list.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.calls import CallId


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """Something that was said on a session."""

    call_id: CallId
    speaker: str | None
    text: str
    translation: str | None
    is_final: bool
    """Else it may still change."""


Listener = Callable[[TranscriptLine], None]
"""Told of each line as it comes; must not wait and must not raise."""


class Transcripts:
    """One replica's."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    @property
    def is_watched(self) -> bool:
        """Whether somebody looks."""
        return bool(self._listeners)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Be told of every call's lines; what is answered ends it, once."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def publish(self, line: TranscriptLine) -> None:
        """Tell everybody who looks."""
        for listener in tuple(self._listeners):
            listener(line)
