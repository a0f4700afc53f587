"""A session as it is kept for the next process. Sans-I/O."""

import msgspec
from msgspec import Struct

from gateway.sandbox.journal import Journal
from gateway.sandbox.lifecycle import Status
from gateway.sandbox.plans import SessionPlan
from gateway.sandbox.routes import Route
from gateway.sandbox.session import Session
from gateway.sandbox.sip import DialRequest, Leg, LegState
from gateway.sandbox.tape import Tape
from gateway.sandbox.tokens import TokenBook
from gateway.sandbox.transcript import Turn


class SessionRecord(Struct, kw_only=True):
    """Everything but its audio."""

    id: str
    plan: SessionPlan
    route: Route
    status: Status
    created_ms: int
    started_ms: int | None
    ended_ms: int | None
    active_ms: int
    left_ms: int | None
    consent: str
    tokens: dict[str, int]
    turns: list[Turn]
    dial: DialRequest | None
    leg_id: str | None
    leg_state: LegState | None


def encode_session(session: Session) -> bytes:
    """Write a session down."""
    leg = session.leg
    record = SessionRecord(
        id=session.id,
        plan=session.plan,
        route=session.route,
        status=session.status,
        created_ms=session.created_ms,
        started_ms=session.started_ms,
        ended_ms=session.ended_ms,
        active_ms=session.times.active_ms,
        left_ms=session.times.left_ms,
        consent=session.consent,
        tokens=dict(session.tokens.expires_ms),
        turns=session.transcript.turns,
        dial=None if leg is None else leg.dial,
        leg_id=None if leg is None else leg.id,
        leg_state=None if leg is None else leg.state,
    )
    return msgspec.json.encode(record)


def decode_session(body: bytes, tape: bytes | None, journal: Journal) -> Session:
    """Read a session; its sockets are gone, so the window in which they may come back has begun when it was left."""
    record = msgspec.json.decode(body, type=SessionRecord)
    session = Session(record.id, record.plan, record.created_ms, journal, record.route)
    session.status = record.status
    session.times.started_ms, session.times.ended_ms = record.started_ms, record.ended_ms
    session.times.active_ms, session.times.left_ms = record.active_ms, record.left_ms
    session.consent = record.consent
    session.tokens = TokenBook(record.tokens)
    session.transcript.turns.extend(record.turns)
    if record.dial is not None and record.leg_id is not None and record.leg_state is not None:
        session.leg = Leg(record.leg_id, record.id, record.dial, record.leg_state)
    if record.ended_ms is not None:
        session.tape = None
    if tape is not None:
        session.tape = msgspec.msgpack.decode(tape, type=Tape)
    return session


def encode_tape(tape: Tape) -> bytes:
    """Write down what was recorded so far."""
    return msgspec.msgpack.encode(tape)
