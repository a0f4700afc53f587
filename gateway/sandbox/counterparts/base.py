"""What a counterpart is: a brain that hears speakers and replies. Sans-I/O; the session paces what it says.

One that needs longer than a moment (a recogniser, a translator) works elsewhere, has its session woken when it is
done (`Setting.wake`), and replies when it is asked what is `due`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gateway.sandbox.counterparts.screenplay import Screenplay
from gateway.sandbox.plans import SessionPlan
from gateway.sandbox.speech.tasks import Understanding
from gateway.sandbox.transcript import Translation


@dataclass(frozen=True, slots=True)
class Say:
    """Audio for whoever the speaker speaks to."""

    speaker: str
    ulaw: bytes
    at_once: bool = False
    """Send it as it is now; otherwise it is cut and paced as the sandbox's delivery says."""


@dataclass(frozen=True, slots=True)
class Partial:
    """What is known of a turn that goes on."""

    speaker: str
    text: str
    language: str | None = None
    """What was recognised; None: what the session was told."""


@dataclass(frozen=True, slots=True)
class Final:
    """A turn that has ended, for the transcript."""

    speaker: str
    text: str
    began_ms: int
    """Unix milliseconds."""
    language: str | None = None
    translation: Translation | None = None
    confidence: float | None = None


Reply = Say | Partial | Final


def nobody() -> None:
    """Wakes no session."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The session that a counterpart is made for."""

    plan: SessionPlan
    """Its mode, languages, voice."""
    piece_ms: int = 100
    """Audio in one message, for those that cut their own."""
    screenplay: Screenplay | None = None
    """What is said, for the one that follows a script."""
    wake: Callable[[], None] = nobody
    """Has the session ask, soon and on the event loop, what is due."""
    understanding: Understanding | None = None
    """Who does it, for the one that understands speech."""


class Counterpart(Protocol):
    """The other end of one session."""

    def hear(self, speaker: str, ulaw: bytes, unix_ms: int) -> list[Reply]:
        """Take audio that a speaker sent, received at `unix_ms`."""
        ...

    def due(self, unix_ms: int) -> list[Reply]:
        """What is to be said by now, unprompted."""
        ...

    def next_deadline_ms(self) -> int | None:
        """The Unix time at which to ask what is due, or None: not before something is heard."""
        ...

    def finish(self) -> list[Reply]:
        """The session ends: what is left to say about it."""
        ...
