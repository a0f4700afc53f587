"""Passes on what Kallglot understood, to whoever is looking at a call. Nothing is kept.

While nobody looks it costs a glance at an empty dict.
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
    language: str | None
    translation: str | None
    is_callers: bool
    """The speaker is the one whose call it is."""
    is_final: bool
    """Else it may still change."""


Listener = Callable[[TranscriptLine], None]
"""Told of each line as it comes; must not wait and must not raise."""


class Transcripts:
    """One replica's."""

    def __init__(self) -> None:
        self._listeners: dict[CallId | None, list[Listener]] = {}

    def subscribe(self, listener: Listener, call_id: CallId | None = None) -> Callable[[], None]:
        """Be told of a call's lines, or of every call's; what is answered ends it, once."""
        listeners = self._listeners.setdefault(call_id, [])
        listeners.append(listener)

        def unsubscribe() -> None:
            listeners.remove(listener)
            if not listeners and self._listeners.get(call_id) is listeners:
                del self._listeners[call_id]

        return unsubscribe

    def wants(self, call_id: CallId) -> bool:
        """Whether somebody looks at the call."""
        return bool(self._listeners) and (call_id in self._listeners or None in self._listeners)

    def publish(self, line: TranscriptLine) -> None:
        """Tell everybody who looks."""
        for key in (line.call_id, None):
            for listener in tuple(self._listeners.get(key, ())):
                listener(line)
