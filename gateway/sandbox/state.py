"""Everything a sandbox remembers. Sans-I/O: time, randomness and what outlives the process are handed in."""

import msgspec

from gateway.sandbox.access import Credits
from gateway.sandbox.agents import Agent, AgentBook
from gateway.sandbox.analysis import Analysis
from gateway.sandbox.faults import FaultQueue
from gateway.sandbox.idempotency import Entry, IdempotencyLedger
from gateway.sandbox.ids import Entropy, new_id, new_stream_token
from gateway.sandbox.journal import Journal
from gateway.sandbox.keeping import InMemory, Keeper, Kind
from gateway.sandbox.plans import SessionPlan
from gateway.sandbox.recordings import Recording, no_such_recording
from gateway.sandbox.records import decode_session, encode_session, encode_tape
from gateway.sandbox.refusals import ErrorType, Refused, no_such_session
from gateway.sandbox.routes import STREAM_ONLY, Route
from gateway.sandbox.session import Session
from gateway.sandbox.tokens import StreamToken

CREDITS_KEY = "organization"


class SandboxState:
    """One organization: its sessions and what came of them, idempotency keys, credits, the faults it is to suffer."""

    def __init__(
        self, entropy: Entropy, *, keep_audio: bool, credits_allowed: int, keeper: Keeper | None = None
    ) -> None:
        self.sessions: dict[str, Session] = {}
        """By id, oldest first; those that have ended too."""
        self.agents = AgentBook()
        self.recordings: dict[str, Recording] = {}
        self.analyses: dict[str, Analysis] = {}
        self.idempotency = IdempotencyLedger()
        self.faults = FaultQueue()
        self.credits = Credits(credits_allowed)
        self.keeper: Keeper = keeper or InMemory()
        self._entropy = entropy
        self._keep_audio = keep_audio
        self._restore()

    def new_id(self, prefix: str, unix_ms: int) -> str:
        """A prefixed id that nobody has."""
        return new_id(prefix, unix_ms, self._entropy)

    def create(self, plan: SessionPlan, unix_ms: int, route: Route = STREAM_ONLY) -> Session:
        """Open a session; it costs a credit.

        Raises:
            Refused: 402, there is none left.
        """
        self.credits.require()
        journal = Journal(keep_audio=self._keep_audio)
        session = Session(self.new_id("sess_", unix_ms), plan, unix_ms, journal, route)
        self.sessions[session.id] = session
        self.take_credit()
        self.keep_session(session)
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

    def recording(self, recording_id: str) -> Recording:
        """The recording of that id.

        Raises:
            Refused: 404, there is none.
        """
        recording = self.recordings.get(recording_id)
        if recording is None:
            raise no_such_recording(recording_id)
        return recording

    def analysis(self, analysis_id: str) -> Analysis:
        """The analysis of that id.

        Raises:
            Refused: 404, there is none.
        """
        analysis = self.analyses.get(analysis_id)
        if analysis is None:
            message = f"No such analysis: '{analysis_id}'."
            raise Refused(404, "analysis_not_found", message, kind=ErrorType.NOT_FOUND)
        return analysis

    def issue_token(self, session: Session, unix_ms: int, *, live: bool) -> StreamToken:
        """A fresh token for the session's stream, marked as the kind of key that asked for it."""
        token = session.tokens.issue(new_stream_token(live=live, entropy=self._entropy), unix_ms)
        self.keep_session(session)
        return token

    def take_credit(self) -> None:
        """Something was created that costs one."""
        self.credits.take()
        self.keep_credits()

    def keep_credits(self) -> None:
        """Write the credits down."""
        body = msgspec.json.encode([self.credits.remaining, self.credits.used])
        self.keeper.keep(Kind.CREDITS, CREDITS_KEY, body)

    def keep_session(self, session: Session) -> None:
        """Write a session down."""
        if self.keeper.durable:
            self.keeper.keep(Kind.SESSION, session.id, encode_session(session))

    def keep_tape(self, session: Session) -> None:
        """Write down what was recorded so far."""
        if self.keeper.durable and session.tape is not None:
            self.keeper.keep(Kind.TAPE, session.id, encode_tape(session.tape))

    def drop_tape(self, session: Session) -> None:
        """It is a recording now."""
        session.tape = None
        self.keeper.drop(Kind.TAPE, session.id)

    def keep_agent(self, agent_id: str, agent: Agent | None) -> None:
        """Write an agent down, or that there is none any more."""
        if agent is None:
            self.keeper.drop(Kind.AGENT, agent_id)
        else:
            self.keeper.keep(Kind.AGENT, agent_id, msgspec.json.encode(agent))

    def put_recording(self, recording: Recording) -> None:
        """Take in a recording, or what has become of it."""
        self.recordings[recording.id] = recording
        self.keeper.keep(Kind.RECORDING, recording.id, msgspec.json.encode(recording))

    def put_analysis(self, analysis: Analysis) -> None:
        """Take in an analysis, or what has become of it."""
        self.analyses[analysis.id] = analysis
        self.keeper.keep(Kind.ANALYSIS, analysis.id, msgspec.json.encode(analysis))

    def keep_answer(self, key: str) -> None:
        """Write down what repetitions of a request are answered."""
        entry = self.idempotency.entry(key)
        if entry is not None:
            self.keeper.keep(Kind.ANSWER, key, msgspec.msgpack.encode(entry))

    def _restore(self) -> None:
        keeper = self.keeper
        for session_id, body in keeper.kept(Kind.SESSION):
            journal = Journal(keep_audio=self._keep_audio)
            self.sessions[session_id] = decode_session(body, keeper.read(Kind.TAPE, session_id), journal)
        for _, body in keeper.kept(Kind.AGENT):
            self.agents.put(msgspec.json.decode(body, type=Agent))
        for recording_id, body in keeper.kept(Kind.RECORDING):
            self.recordings[recording_id] = msgspec.json.decode(body, type=Recording)
        for analysis_id, body in keeper.kept(Kind.ANALYSIS):
            self.analyses[analysis_id] = msgspec.json.decode(body, type=Analysis)
        for key, body in keeper.kept(Kind.ANSWER):
            self.idempotency.restore(key, msgspec.msgpack.decode(body, type=Entry))
        credits_left = keeper.read(Kind.CREDITS, CREDITS_KEY)
        if credits_left is not None:
            self.credits.remaining, self.credits.used = msgspec.json.decode(credits_left, type=tuple[int, int])
