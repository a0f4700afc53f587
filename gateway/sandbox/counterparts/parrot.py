"""A counterpart that says each turn of a speaker back when the turn has ended, in the very bytes that it heard.

It recognises no words, so its transcript says what it does know: how long somebody spoke.
"""

from gateway.sandbox.counterparts.base import Final, Partial, Reply, Say
from gateway.sandbox.counterparts.detector import webrtc_detector
from gateway.sandbox.turns import Speaking, TurnEvent, TurnFinder, TurnPolicy


class Parrot:
    """Waits for the end of a turn and repeats it."""

    def __init__(self) -> None:
        self._finders: dict[str, TurnFinder] = {}
        self._began_ms: dict[str, int] = {}
        """When each open turn was first heard of."""

    def hear(self, speaker: str, ulaw: bytes, unix_ms: int) -> list[Reply]:
        finder = self._finders.get(speaker)
        if finder is None:
            finder = self._finders[speaker] = TurnFinder(webrtc_detector(), TurnPolicy())
        replies = [reply for event in finder.feed(ulaw) for reply in self._reply(speaker, event, unix_ms)]
        if finder.speaking:
            self._began_ms.setdefault(speaker, unix_ms)
        return replies

    def due(self, unix_ms: int) -> list[Reply]:  # noqa: ARG002  it says nothing unprompted
        return []

    def next_deadline_ms(self) -> int | None:
        return None

    def finish(self) -> list[Reply]:
        open_turns = [(speaker, finder.finish()) for speaker, finder in self._finders.items()]
        return [
            Final(speaker, _describe(turn.speech_ms), self._began_ms.pop(speaker))
            for speaker, turn in open_turns
            if turn is not None
        ]

    def _reply(self, speaker: str, event: TurnEvent, unix_ms: int) -> list[Reply]:
        if isinstance(event, Speaking):
            return [Partial(speaker, _describe(event.speech_ms))]
        began_ms = self._began_ms.pop(speaker, unix_ms)
        return [Final(speaker, _describe(event.speech_ms), began_ms), Say(speaker, event.ulaw)]


def _describe(speech_ms: int) -> str:
    return f"[{speech_ms / 1000:.1f} s of speech]"
