"""A counterpart that follows a script: what was said, what it means and what is heard is known beforehand."""

from collections import deque
from collections.abc import Callable

from gateway.sandbox.counterparts.base import Final, Partial, Reply, Say
from gateway.sandbox.counterparts.detector import webrtc_detector
from gateway.sandbox.counterparts.screenplay import Screenplay, Spoken
from gateway.sandbox.plans import SessionPlan
from gateway.sandbox.transcript import Translation
from gateway.sandbox.turns import Speaking, SpeechDetector, TurnFinder, TurnPolicy


class Script:
    """Takes each turn that a speaker ends for the next line of the script."""

    def __init__(
        self,
        plan: SessionPlan,
        screenplay: Screenplay,
        detector: Callable[[], SpeechDetector] = webrtc_detector,
        policy: TurnPolicy | None = None,
    ) -> None:
        self._plan = plan
        self._prompted = deque(spoken for spoken in screenplay.turns if spoken.line.at_s is None)
        timed = [(spoken.line.at_s, spoken) for spoken in screenplay.turns if spoken.line.at_s is not None]
        self._timed = deque(sorted(timed, key=lambda pair: pair[0]))
        self._detector = detector
        self._policy = policy or TurnPolicy()
        self._finders: dict[str, TurnFinder] = {}
        self._began_ms: int | None = None
        """Unix time of the first audio."""

    def hear(self, speaker: str, ulaw: bytes, unix_ms: int) -> list[Reply]:
        if self._began_ms is None:
            self._began_ms = unix_ms
        finder = self._finders.get(speaker)
        if finder is None:
            finder = self._finders[speaker] = TurnFinder(self._detector(), self._policy)
        replies: list[Reply] = []
        for event in finder.feed(ulaw):
            spoken = self._next_for(speaker)
            if spoken is None:
                continue
            if isinstance(event, Speaking):
                replies.append(Partial(speaker, _half(spoken.line.text), spoken.line.language))
            else:
                self._prompted.remove(spoken)
                replies += self._play(speaker, spoken, unix_ms)
        return replies

    def due(self, unix_ms: int) -> list[Reply]:
        replies: list[Reply] = []
        while self._timed and (deadline_ms := self.next_deadline_ms()) is not None and deadline_ms <= unix_ms:
            spoken = self._timed.popleft()[1]
            replies += self._play(spoken.line.speaker or "customer", spoken, unix_ms)
        return replies

    def next_deadline_ms(self) -> int | None:
        if self._began_ms is None or not self._timed:
            return None
        return self._began_ms + round(self._timed[0][0] * 1000)

    def finish(self) -> list[Reply]:
        return []

    def _next_for(self, speaker: str) -> Spoken | None:
        """The next line that this speaker may have said."""
        return next((spoken for spoken in self._prompted if spoken.line.speaker in (None, speaker)), None)

    def _play(self, speaker: str, spoken: Spoken, unix_ms: int) -> list[Reply]:
        line = spoken.line
        translation = None
        if line.translation is not None:
            language = line.translation_language or self._plan.language_heard_by(speaker) or "en"
            translation = Translation(language, line.translation)
        final = Final(speaker, line.text, unix_ms, line.language, translation, line.confidence)
        return [final, Say(speaker, spoken.ulaw)] if spoken.ulaw else [final]


def _half(text: str) -> str:
    """What is understood of a sentence half-way."""
    words = text.split()
    return " ".join(words[: -(-len(words) // 2)])
