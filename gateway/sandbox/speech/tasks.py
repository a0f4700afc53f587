"""What is asked of whoever understands speech, and what they answer."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from gateway.sandbox.plans import Mode, SessionPlan
from gateway.sandbox.transcript import Translation


@dataclass(frozen=True, slots=True)
class Task:
    """A turn, or the beginning of one."""

    ulaw: bytes
    language: str | None
    """What the speaker speaks; None: find out."""
    target: str | None = None
    """What it is translated into; None: nothing."""
    speed: float = 1.0
    """How fast the answer is spoken, from 0.5 to 2."""
    partial: bool = False
    """The turn goes on: its words alone are wanted."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What became of it."""

    text: str
    """Empty: there were no words in it."""
    language: str
    """What was recognised."""
    confidence: float | None = None
    """From 0 to 1."""
    translation: Translation | None = None
    ulaw: bytes = b""
    """The translation spoken, or where there is none the words themselves."""


class Understanding(Protocol):
    """Does tasks elsewhere: they take seconds."""

    @property
    def idle(self) -> bool:
        """Whether a task would be begun at once."""
        ...

    def submit(self, task: Task, wake: Callable[[], None]) -> Future[Understood]:
        """Have a task done; `wake` is called, on the event loop, when it is."""
        ...


TRANSLATED = (Mode.BIDIRECTIONAL_TRANSLATION, Mode.ASSISTIVE_TRANSLATION)


def target_language(plan: SessionPlan, speaker: str) -> str | None:
    """What a speaker's turns are translated into, or None: the session translates nothing, or has not said."""
    return plan.language_heard_by(speaker) if plan.mode in TRANSLATED else None
