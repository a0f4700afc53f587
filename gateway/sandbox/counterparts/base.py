"""What a counterpart is: a brain that hears speakers and replies. Sans-I/O; the session paces what it says."""

from dataclasses import dataclass
from typing import Protocol


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


@dataclass(frozen=True, slots=True)
class Final:
    """A turn that has ended, for the transcript."""

    speaker: str
    text: str
    began_ms: int
    """Unix milliseconds."""


Reply = Say | Partial | Final


class Counterpart(Protocol):
    """The other end of one session."""

    def hear(self, speaker: str, ulaw: bytes, unix_ms: int) -> list[Reply]:
        """Take audio that a speaker sent, received at `unix_ms`."""
        ...

    def finish(self) -> list[Reply]:
        """The session ends: what is left to say about it."""
        ...
