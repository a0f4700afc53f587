"""All of a sandbox that is alive: its state, the lines of its open sessions, its clock."""

import asyncio
import contextlib
import functools
import itertools
import secrets
from typing import Any

from gateway.clock import Clock
from gateway.sandbox.conversation import EXPLICIT_END, Announce, Conversation
from gateway.sandbox.counterparts.base import Setting
from gateway.sandbox.counterparts.roster import ROSTER
from gateway.sandbox.events import EventType, new_event
from gateway.sandbox.faults import STREAM
from gateway.sandbox.journal import SocketId
from gateway.sandbox.keeping import open_keeper
from gateway.sandbox.lifecycle import Status
from gateway.sandbox.limits import RateLimiter
from gateway.sandbox.line import Ear, Line
from gateway.sandbox.mouth import Voice
from gateway.sandbox.objects import SegmentEvent, session_event, transcript_object, turn_object
from gateway.sandbox.options import SandboxOptions
from gateway.sandbox.organization import Endpoint
from gateway.sandbox.plans import SessionPlan
from gateway.sandbox.playout import Delivery
from gateway.sandbox.postman import Postman
from gateway.sandbox.routes import resolve
from gateway.sandbox.session import Session
from gateway.sandbox.sip import DialRequest, Leg, LegCause, LegState
from gateway.sandbox.speech.interpreter import open_interpreter
from gateway.sandbox.speech.workers import Workers
from gateway.sandbox.state import SandboxState
from gateway.sandbox.workshop import Workshop

INACTIVITY = "inactivity"
"""The `reason` of a session that was ended because nothing happened in it; the documents name none."""
LOOK_S = 1.0
"""How often sessions are looked at for inactivity, at least."""


class Exchange:
    """Opens and ends sessions, and brings sockets to them."""

    def __init__(self, options: SandboxOptions, clock: Clock) -> None:
        self.options = options
        self.clock = clock
        self.state = SandboxState(
            secrets.token_bytes,
            keep_audio=options.keep_audio,
            credits_allowed=options.credits,
            keeper=open_keeper(options.state),
        )
        for fault in options.faults:
            self.state.faults.add(fault)
        self.limiter = RateLimiter(options.organization.requests_per_minute)
        self.postman = Postman(clock, self._new_id, options.timing.webhook_scale)
        for endpoint in options.organization.webhooks:
            self.add_endpoint(endpoint)
        self.workshop = Workshop(self.state, clock, self.announce, options.timing.finishing_s)
        self._voice = Voice(Delivery(options.delivery), options.piece_ms)
        outfit = options.speech
        self._workers = None if outfit is None else Workers(functools.partial(open_interpreter, outfit))
        self._lines: dict[str, Line] = {}
        """By session id; those that have not ended."""
        self._socket_ids = itertools.count(1)
        self._stopping = asyncio.Event()
        self._reopen()

    def create(self, plan: SessionPlan) -> Session:
        """Open a session with a counterpart of its own.

        Raises:
            Refused: 402, no credits are left; 404, the agent does not exist; 422, its routing leads nowhere.
        """
        route = resolve(plan, self.options.organization)
        if plan.ai_agent is not None:
            self.state.agents.require(plan.ai_agent.agent_id)
        session = self.state.create(plan, self.clock.unix_ms(), route)
        self._open(session)
        self.announce(EventType.SESSION_CREATED, session_event(session, self.clock.unix_ms()))
        return session

    def new_request_id(self) -> str:
        """An `X-Request-ID`."""
        return self._new_id("req_")

    def line(self, session: Session) -> Line | None:
        """The sockets of a session, or None: it has ended."""
        return self._lines.get(session.id)

    def end(self, session: Session, reason: str = EXPLICIT_END) -> None:
        """End a session, if it has not ended yet."""
        line = self._lines.get(session.id)
        if line is not None:
            line.end(reason)

    def next_socket_id(self) -> SocketId:
        """A name for a socket."""
        return SocketId(next(self._socket_ids))

    def joins(self, session: Session, line: Line, socket: Ear) -> None:
        """A socket was opened with a good token."""
        line.join(socket)
        if line.open_sockets == 1:
            self.announce(EventType.PROVIDER_CONNECTED, session_event(session, self.clock.unix_ms()))
        fault = self.state.faults.take(STREAM)
        if fault is not None:
            line.suffer(fault)
        self.state.keep_session(session)

    def leaves(self, session: Session, line: Line, socket: Ear) -> None:
        """A socket is gone."""
        line.leave(socket)
        if self._stopping.is_set():
            return  # everything was written down
        if line.open_sockets == 0:
            session.left(self.clock.unix_ms())
            self.state.keep_tape(session)
            self.announce(EventType.PROVIDER_DISCONNECTED, session_event(session, self.clock.unix_ms()))
        self.state.keep_session(session)

    def announce(self, kind: EventType, data: Any) -> None:
        """Have webhooks tell of something."""
        if self.postman.endpoints:
            unix_ms = self.clock.unix_ms()
            self.postman.post(new_event(self._new_id("evt_"), kind, data, unix_ms), unix_ms)

    def add_endpoint(self, endpoint: Endpoint) -> str:
        """Have events sent there; the endpoint's id."""
        endpoint_id = self._new_id("wh_")
        self.postman.endpoints[endpoint_id] = endpoint
        return endpoint_id

    def dial(self, session: Session, request: DialRequest) -> Leg:
        """Have somebody rung; the leg is answered a little later."""
        leg = session.leg = Leg(self._new_id("call_"), session.id, request)
        asyncio.get_running_loop().call_later(self.options.timing.ringing_s, self._answered, session, leg)
        self.state.keep_session(session)
        return leg

    def hang_up(self, session: Session, leg: Leg) -> None:
        """End a session's leg."""
        connected = leg.state is LegState.ANSWERED
        leg.follow(LegCause.HUNG_UP)
        self.state.keep_session(session)
        if connected:
            self.announce(EventType.PROVIDER_DISCONNECTED, session_event(session, self.clock.unix_ms()))

    def sweep(self) -> None:
        """End the sessions in which nothing has happened for too long."""
        idle_ms = round(self.options.timing.idle_end_s * 1000)
        now_ms = self.clock.unix_ms()
        for session_id in list(self._lines):
            session = self.state.sessions[session_id]
            if now_ms - session.times.active_ms >= idle_ms:
                self.end(session, INACTIVITY)

    async def run(self) -> None:
        """Deliver, finish and sweep until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.postman.run())
            tasks.create_task(self.workshop.run())
            while True:
                await asyncio.sleep(min(LOOK_S, self.options.timing.idle_end_s / 4))
                self.sweep()

    async def pause(self, seconds: float) -> None:
        """Wait that long, or until the sandbox stops."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    def stop(self) -> None:
        """Let go of whoever is made to wait."""
        self._stopping.set()

    def close(self) -> None:
        """Let no timer and no socket outlive the sandbox, and write down what there is."""
        self._stopping.set()
        if self._workers is not None:
            self._workers.close()
        for session_id, line in self._lines.items():
            line.close()
            session = self.state.sessions[session_id]
            session.left(self.clock.unix_ms())
            self.state.keep_tape(session)
            self.state.keep_session(session)
        self.state.keeper.close()

    def _new_id(self, prefix: str) -> str:
        return self.state.new_id(prefix, self.clock.unix_ms())

    def _open(self, session: Session) -> None:
        options = self.options
        wake = functools.partial(self._wake, session)
        setting = Setting(session.plan, options.piece_ms, options.screenplay, wake, self._workers)
        conversation = Conversation(session, ROSTER[options.counterpart](setting), self._voice)
        self._lines[session.id] = Line(conversation, self.clock, lambda what: self._announced(session, what))

    def _reopen(self) -> None:
        """Go on with the sessions of the process before."""
        for session in self.state.sessions.values():
            if session.status is not Status.ENDED:
                session.times.left_ms = session.times.left_ms or self.clock.unix_ms()
                self._open(session)
        self.workshop.resume()

    def _wake(self, session: Session) -> None:
        line = self._lines.get(session.id)
        if line is not None:
            line.wake()

    def _answered(self, session: Session, leg: Leg) -> None:
        if leg.state is LegState.RINGING:
            leg.follow(LegCause.PICKED_UP)
            self.state.keep_session(session)
            self.announce(EventType.PROVIDER_CONNECTED, session_event(session, self.clock.unix_ms()))

    def _announced(self, session: Session, what: Announce) -> None:
        """A session's conversation came to something."""
        now_ms = self.clock.unix_ms()
        if what.event is EventType.SESSION_ENDED:
            self._ended(session)
        self.state.keep_session(session)
        if what.turn is not None:
            self.announce(what.event, SegmentEvent(session_id=session.id, turn=turn_object(what.turn)))
        elif what.event is EventType.TRANSCRIPT_READY:
            self.announce(what.event, transcript_object(session, now_ms))
        else:
            self.announce(what.event, session_event(session, now_ms))

    def _ended(self, session: Session) -> None:
        line = self._lines.pop(session.id, None)
        if line is not None:
            line.rest()
        if session.leg is not None and session.leg.state is not LegState.ENDED:
            self.hang_up(session, session.leg)
        self.state.keep_tape(session)
        self.workshop.record(session)
