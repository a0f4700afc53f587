"""One session: what was asked for, how it stands, what was said. Sans-I/O."""

from gateway.sandbox.journal import Journal
from gateway.sandbox.lifecycle import Cause, Status, follow
from gateway.sandbox.plans import Consent, Mode, SessionPlan
from gateway.sandbox.routes import STREAM_ONLY, Route
from gateway.sandbox.sip import Leg
from gateway.sandbox.tape import Tape, new_tape
from gateway.sandbox.tokens import TokenBook
from gateway.sandbox.transcript import Transcript, Translation, Turn


class Session:
    """What the API knows of a session; all times are Unix milliseconds."""

    def __init__(
        self, session_id: str, plan: SessionPlan, created_ms: int, journal: Journal, route: Route = STREAM_ONLY
    ) -> None:
        self.id = session_id
        self.plan = plan
        self.route = route
        self.status = Status.CREATED
        self.times = Times(created_ms)
        self.consent: str = plan.recording.consent if plan.recording is not None else Consent.NOT_REQUIRED
        self.leg: Leg | None = None
        """Its SIP leg, the present or the last one."""
        self.tape: Tape | None = new_tape() if plan.records else None
        self.tokens = TokenBook()
        self.transcript = Transcript()
        self.journal = journal

    @property
    def created_ms(self) -> int:
        """When it was created."""
        return self.times.created_ms

    @property
    def started_ms(self) -> int | None:
        """First audio received: billing runs from here ("Billing Model")."""
        return self.times.started_ms

    @property
    def ended_ms(self) -> int | None:
        """When it ended."""
        return self.times.ended_ms

    @property
    def consent_required(self) -> bool:
        """Whether its recordings are given out only to those who may hear them."""
        return self.plan.recording is not None and self.plan.recording.consent_required

    def opened(self) -> None:
        """A socket was opened."""
        self.status = follow(self.status, Cause.SOCKET_OPENED)
        self.times.left_ms = None

    def left(self, unix_ms: int) -> None:
        """Its last socket is gone."""
        self.times.active_ms = self.times.left_ms = unix_ms

    def heard(self, unix_ms: int) -> bool:
        """Audio was received; only the first moves the session on, for which the answer is True."""
        self.times.active_ms = unix_ms
        if self.status is Status.ACTIVE:
            return False
        self.status = follow(self.status, Cause.AUDIO_HEARD)
        self.times.started_ms = unix_ms
        return True

    def said(
        self,
        speaker: str,
        text: str,
        unix_ms: int,
        *,
        language: str | None = None,
        translation: Translation | None = None,
        confidence: float | None = None,
    ) -> Turn:
        """A turn has ended that began at `unix_ms`."""
        language = language or self.plan.language_of(speaker)
        return self.transcript.add(speaker, language, text, unix_ms, translation, confidence)

    def ending(self) -> None:
        """Somebody asked for the end."""
        self.status = follow(self.status, Cause.END_ASKED)

    def ended(self, unix_ms: int) -> None:
        """The transcript is complete; billing stops."""
        self.status = follow(self.status, Cause.FINALIZED)
        self.times.ended_ms = unix_ms

    def duration_ms(self, unix_ms: int) -> int:
        """The time billed so far: from first audio to the end, or to now."""
        if self.started_ms is None:
            return 0
        return (unix_ms if self.ended_ms is None else self.ended_ms) - self.started_ms

    def usage_ms(self, unix_ms: int) -> dict[str, int]:
        """What is billed, by kind ("What's Billed"): the mode says which of the two services was active."""
        duration_ms = self.duration_ms(unix_ms)
        agent = self.plan.mode in {Mode.AI_AGENT, Mode.HELP_CHAT_VOICE}
        return {"session": duration_ms, "translation": 0 if agent else duration_ms, "ai_agent": duration_ms * agent}


class Times:
    """When what happened to a session, in Unix milliseconds."""

    def __init__(self, created_ms: int) -> None:
        self.created_ms = created_ms
        self.started_ms: int | None = None
        self.ended_ms: int | None = None
        self.active_ms = created_ms
        """When anything was last heard of it."""
        self.left_ms: int | None = None
        """When its last socket went; None while one is open, and before the first."""
