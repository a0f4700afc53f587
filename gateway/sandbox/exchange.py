"""All of a sandbox that is alive: its state, the lines of its open sessions, its clock."""

import asyncio
import contextlib
import itertools
import secrets
from collections.abc import Callable, Iterator

from gateway.clock import Clock
from gateway.sandbox.conversation import EXPLICIT_END, Conversation, Voice
from gateway.sandbox.counterparts.roster import ROSTER
from gateway.sandbox.journal import SocketId
from gateway.sandbox.lifecycle import Status
from gateway.sandbox.line import Line
from gateway.sandbox.options import SandboxOptions
from gateway.sandbox.plans import SessionPlan
from gateway.sandbox.playout import Delivery
from gateway.sandbox.session import Session
from gateway.sandbox.sockets import StreamSocket
from gateway.sandbox.state import SandboxState


class Exchange:
    """Opens and ends sessions, and brings sockets to them."""

    def __init__(self, options: SandboxOptions, clock: Clock) -> None:
        self.options = options
        self.clock = clock
        self.state = SandboxState(secrets.token_bytes, keep_audio=options.keep_audio, credits_allowed=options.credits)
        self._voice = Voice(Delivery(options.delivery), options.piece_ms)
        self._lines: dict[str, Line] = {}
        """By session id; those that have not ended."""
        self._socket_ids = itertools.count(1)
        self._stopping = asyncio.Event()

    def create(self, plan: SessionPlan) -> Session:
        """Open a session with a counterpart of its own.

        Raises:
            Refused: 402, no credits are left.
        """
        session = self.state.create(plan, self.clock.unix_ms())
        counterpart = ROSTER[self.options.counterpart]()
        self._lines[session.id] = Line(Conversation(session, counterpart, self._voice), self.clock)
        return session

    def new_request_id(self) -> str:
        """An `X-Request-ID`."""
        return self.state.new_id("req_", self.clock.unix_ms())

    def line(self, session: Session) -> Line | None:
        """The sockets of a session, or None: it has ended."""
        return self._lines.get(session.id)

    def end(self, session: Session) -> None:
        """End a session, if it has not ended yet."""
        line = self._lines.pop(session.id, None)
        if line is not None:
            line.end(EXPLICIT_END)

    @contextlib.contextmanager
    def joined(self, session: Session, line: Line, abort: Callable[[], None]) -> Iterator[StreamSocket]:
        """A socket of a session, for as long as it is open."""
        socket = StreamSocket(SocketId(next(self._socket_ids)), abort)
        line.join(socket)
        try:
            yield socket
        finally:
            line.leave(socket)
            if session.status is Status.ENDED:
                self._lines.pop(session.id, None)

    async def pause(self, seconds: float) -> None:
        """Wait that long, or until the sandbox stops."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    def stop(self) -> None:
        """Let go of whoever is made to wait."""
        self._stopping.set()

    def close(self) -> None:
        """Let no timer outlive the sandbox."""
        for line in self._lines.values():
            line.close()
