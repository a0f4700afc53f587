"""Everything a sandbox remembers. Sans-I/O: time and randomness are handed in."""

from gateway.sandbox.access import Credits
from gateway.sandbox.faults import FaultQueue
from gateway.sandbox.idempotency import IdempotencyLedger
from gateway.sandbox.ids import Entropy, new_id, new_stream_token
from gateway.sandbox.journal import Journal
from gateway.sandbox.plans import SessionPlan
from gateway.sandbox.refusals import no_such_session
from gateway.sandbox.session import Session
from gateway.sandbox.tokens import StreamToken


class SandboxState:
    """One organization: its sessions, idempotency keys and credits, and the faults it is to suffer."""

    def __init__(self, entropy: Entropy, *, keep_audio: bool, credits_allowed: int) -> None:
        self.sessions: dict[str, Session] = {}
        """By id, oldest first; those that have ended too."""
        self.idempotency = IdempotencyLedger()
        self.faults = FaultQueue()
        self.credits = Credits(credits_allowed)
        self._entropy = entropy
        self._keep_audio = keep_audio

    def new_id(self, prefix: str, unix_ms: int) -> str:
        """A prefixed id that nobody has."""
        return new_id(prefix, unix_ms, self._entropy)

    def create(self, plan: SessionPlan, unix_ms: int) -> Session:
        """Open a session; it costs a credit.

        Raises:
            Refused: 402, there is none left.
        """
        self.credits.require()
        journal = Journal(keep_audio=self._keep_audio)
        session = Session(self.new_id("sess_", unix_ms), plan, unix_ms, journal)
        self.sessions[session.id] = session
        self.credits.take()
        return session

    def find(self, session_id: str) -> Session:
        """The session of that id.

        Raises:
            Refused: 404, there is none.
        """
        session = self.sessions.get(session_id)
        if session is None:
            raise no_such_session(session_id)
        return session

    def issue_token(self, session: Session, unix_ms: int, *, live: bool) -> StreamToken:
        """A fresh token for the session's stream, marked as the kind of key that asked for it."""
        return session.tokens.issue(new_stream_token(live=live, entropy=self._entropy), unix_ms)
