"""A counterpart that understands: it writes down what is said, translates it, and says the translation.

Turns are found as the parrot finds them. Their audio is understood elsewhere (`Understanding`), which takes seconds:
what comes of it is said when it is there, in the order in which the turns ended.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from gateway.sandbox.counterparts.base import Final, Partial, Reply, Say
from gateway.sandbox.counterparts.detector import webrtc_detector
from gateway.sandbox.plans import SessionPlan, VoiceHints
from gateway.sandbox.speech.tasks import Task, Understanding, Understood, target_language
from gateway.sandbox.turns import Speaking, TurnFinder, TurnPolicy

POLICY = TurnPolicy(limit_ms=28_000)
"""Whisper listens to 30 s at a time."""
SURE = 0.5
"""Confidence of a turn whose language is believed from then on: a cough may be taken for any."""
NOT_RECOGNISED = "[not recognised]"
"""Stands for a turn of which nothing is known: the session ended first, or the recogniser failed."""


@dataclass(slots=True)
class _Open:
    """A turn that goes on."""

    began_ms: int
    glimpse: Future[Understood] | None = None
    """A look at its beginning, under way."""
    text: str = ""
    """What the latest look showed."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """A turn that is being understood."""

    speaker: str
    began_ms: int
    text: str
    outcome: Future[Understood]


class Speech:
    """Interprets between a session's speakers."""

    def __init__(self, plan: SessionPlan, understanding: Understanding, wake: Callable[[], None]) -> None:
        self._plan = plan
        self._understanding = understanding
        self._wake = wake
        self._speed = (plan.voice or VoiceHints()).speed
        self._finders: dict[str, TurnFinder] = {}
        self._open: dict[str, _Open] = {}
        self._ended: deque[_Ended] = deque()
        """In the order they ended."""
        self._languages: dict[str, str] = {}
        """What speakers were found to speak: finding out takes as long again as recognising."""

    def hear(self, speaker: str, ulaw: bytes, unix_ms: int) -> list[Reply]:
        finder = self._finders.get(speaker)
        if finder is None:
            finder = self._finders[speaker] = TurnFinder(webrtc_detector(), POLICY)
        for event in finder.feed(ulaw):
            turn = self._open.setdefault(speaker, _Open(unix_ms))
            if not isinstance(event, Speaking):
                self._understand(speaker, self._open.pop(speaker), event.ulaw)
            elif turn.glimpse is None and finder.speaking and self._understanding.idle:
                task = Task(finder.so_far, self._language(speaker), partial=True)
                turn.glimpse = self._understanding.submit(task, self._wake)
        if finder.speaking:
            self._open.setdefault(speaker, _Open(unix_ms))
        return []

    def due(self, unix_ms: int) -> list[Reply]:  # noqa: ARG002  what is there is said, whenever
        replies: list[Reply] = []
        for speaker, turn in self._open.items():
            replies += self._look(speaker, turn)
        while self._ended and self._ended[0].outcome.done():
            replies += self._conclude(self._ended.popleft())
        return replies

    def next_deadline_ms(self) -> int | None:
        return None

    def finish(self) -> list[Reply]:
        replies: list[Reply] = []
        for ended in self._ended:
            replies += self._conclude(ended) if ended.outcome.done() else [_guess(ended.speaker, ended)]
            ended.outcome.cancel()
        for speaker, turn in self._open.items():
            replies.append(_guess(speaker, turn))
            if turn.glimpse is not None:
                turn.glimpse.cancel()
        self._ended.clear()
        self._open.clear()
        return [reply for reply in replies if not isinstance(reply, Say)]  # there is nobody left to say it to

    def _language(self, speaker: str) -> str | None:
        return self._languages.get(speaker) or self._plan.language_of(speaker)

    def _understand(self, speaker: str, turn: _Open, ulaw: bytes) -> None:
        if turn.glimpse is not None:
            turn.glimpse.cancel()  # the whole is worth more than its beginning
        task = Task(ulaw, self._language(speaker), target_language(self._plan, speaker), self._speed)
        outcome = self._understanding.submit(task, self._wake)
        self._ended.append(_Ended(speaker, turn.began_ms, turn.text, outcome))

    def _look(self, speaker: str, turn: _Open) -> list[Reply]:
        if turn.glimpse is None or not turn.glimpse.done():
            return []
        seen = _result(turn.glimpse)
        turn.glimpse = None
        if seen is None or not seen.text:
            return []
        turn.text = seen.text
        return [Partial(speaker, seen.text, seen.language)]

    def _conclude(self, turn: _Ended) -> list[Reply]:
        known = _result(turn.outcome)
        if known is None:
            return [_guess(turn.speaker, turn)]
        if not known.text:
            return []  # a cough, a door: it has no line in a transcript
        if known.confidence is None or known.confidence >= SURE:
            self._languages[turn.speaker] = known.language
        final = Final(turn.speaker, known.text, turn.began_ms, known.language, known.translation, known.confidence)
        return [final, Say(turn.speaker, known.ulaw)] if known.ulaw else [final]


def _result(future: Future[Understood]) -> Understood | None:
    """What came of a task that is done, or None: it failed."""
    return None if future.cancelled() or future.exception() is not None else future.result()


def _guess(speaker: str, turn: _Open | _Ended) -> Final:
    """The best that can be said about a turn that was not understood."""
    return Final(speaker, turn.text or NOT_RECOGNISED, turn.began_ms)
