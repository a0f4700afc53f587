"""One session: what was asked for, how it stands, what was said. Sans-I/O."""

from gateway.sandbox.journal import Journal
from gateway.sandbox.lifecycle import Cause, Status, follow
from gateway.sandbox.plans import SessionPlan
from gateway.sandbox.tokens import TokenBook
from gateway.sandbox.transcript import Transcript, Turn


class Session:
    """What the API knows of a session; all times are Unix milliseconds."""

    def __init__(self, session_id: str, plan: SessionPlan, created_ms: int, journal: Journal) -> None:
        self.id = session_id
        self.plan = plan
        self.status = Status.CREATED
        self.created_ms = created_ms
        self.started_ms: int | None = None
        """First audio received: billing runs from here ("Billing Model")."""
        self.ended_ms: int | None = None
        self.tokens = TokenBook()
        self.transcript = Transcript()
        self.journal = journal

    def opened(self) -> None:
        """A socket was opened."""
        self.status = follow(self.status, Cause.SOCKET_OPENED)

    def heard(self, unix_ms: int) -> None:
        """Audio was received; only the first moves the session on."""
        if self.status is not Status.ACTIVE:
            self.status = follow(self.status, Cause.AUDIO_HEARD)
            self.started_ms = unix_ms

    def said(self, speaker: str, text: str, unix_ms: int) -> Turn:
        """A turn has ended that began at `unix_ms`."""
        return self.transcript.add(speaker, self.plan.language_of(speaker), text, unix_ms)

    def ending(self) -> None:
        """Somebody asked for the end."""
        self.status = follow(self.status, Cause.END_ASKED)

    def ended(self, unix_ms: int) -> None:
        """The transcript is complete; billing stops."""
        self.status = follow(self.status, Cause.FINALIZED)
        self.ended_ms = unix_ms

    def duration_ms(self, unix_ms: int) -> int:
        """The time billed so far: from first audio to the end, or to now."""
        if self.started_ms is None:
            return 0
        return (unix_ms if self.ended_ms is None else self.ended_ms) - self.started_ms
