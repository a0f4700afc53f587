"""One session's sockets and its one timer: the shell around a conversation."""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Protocol, assert_never

from gateway.clock import Clock
from gateway.sandbox.conversation import Action, Announce, Close, Conversation, Moment, Send
from gateway.sandbox.faults import Effect, Fault
from gateway.sandbox.journal import SocketId
from gateway.sandbox.messages import OutputAudio


class Ear(Protocol):
    """The writing side of a socket."""

    @property
    def id(self) -> SocketId:
        """Its name."""
        ...

    def send(self, text: bytes) -> None:
        """Send a message, without waiting."""
        ...

    def close(self, code: int = 1000) -> None:
        """Close after what was sent before."""
        ...

    def cut(self) -> None:
        """Drop the connection without a word."""
        ...


SERVICE_RESTART = 1012
"""Close code: a client knows that it may come back (IANA's registry of WebSocket close codes)."""


def _nobody(_announced: Announce) -> None:
    """Nobody wants to know."""


class Line:
    """Feeds a conversation and does what it answers."""

    def __init__(
        self, conversation: Conversation, clock: Clock, announce: Callable[[Announce], None] = _nobody
    ) -> None:
        self._conversation = conversation
        self._clock = clock
        self._announce = announce
        self._faults: set[asyncio.TimerHandle] = set()
        self._sockets: dict[SocketId, Ear] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due_ms: int | None = None

    @property
    def open_sockets(self) -> int:
        """How many sockets the session has now."""
        return len(self._sockets)

    def join(self, socket: Ear) -> None:
        """Take a socket that was accepted."""
        self._sockets[socket.id] = socket
        self._do(self._conversation.join(socket.id))

    def leave(self, socket: Ear) -> None:
        """Let go of a socket that is gone."""
        self._sockets.pop(socket.id, None)
        self._conversation.leave(socket.id)

    def receive(self, socket: Ear, data: str | bytes | None) -> None:
        """Take a text message; None stands for a binary one."""
        self._do(self._conversation.receive(socket.id, data, self._moment()))

    def say(self, speaker: str | None, audio: OutputAudio) -> int:
        """Send audio now; answers how many sockets got it."""
        actions = self._conversation.say(speaker, audio, self._moment())
        self._do(actions)
        return len(actions)

    def end(self, reason: str) -> None:
        """End the session, if it has not ended yet."""
        self._do(self._conversation.end(reason, self._moment()))

    def cut(self) -> int:
        """Drop every socket without a word; answers how many there were."""
        sockets = list(self._sockets.values())
        for socket in sockets:
            socket.cut()
        return len(sockets)

    def suffer(self, fault: Fault) -> None:
        """Have the stream misbehave, after the time that was ordered."""
        handle = asyncio.get_running_loop().call_later(fault.after_s, self._misbehave, fault)
        self._faults.add(handle)

    def wake(self) -> None:
        """Ask the counterpart, soon, what is due."""
        asyncio.get_running_loop().call_soon(self._ring)

    def close(self) -> None:
        """The sandbox stops: say no more, and tell the clients to come back."""
        self.rest()
        for socket in list(self._sockets.values()):
            socket.close(SERVICE_RESTART)

    def rest(self) -> None:
        """Say no more, whatever was ordered."""
        for handle in self._faults:
            handle.cancel()
        if self._timer is not None:
            self._timer.cancel()

    def _misbehave(self, fault: Fault) -> None:
        match fault.effect:
            case Effect.CUT:
                self.cut()
            case Effect.BURST:
                self._conversation.burst()
                self._ring()
            case Effect.STARVE:
                self._conversation.starve(self._clock.now_ms() + round(fault.for_s * 1000))
                self._arm()
            case None:
                pass  # a fault on a stream always has an effect
            case _:
                assert_never(fault.effect)

    def _moment(self) -> Moment:
        return Moment(self._clock.now_ms(), self._clock.unix_ms(), time.perf_counter_ns())

    def _do(self, actions: Iterable[Action]) -> None:
        for action in actions:
            match action:
                case Send(socket, text):
                    self._sockets[socket].send(text)
                case Close(socket):
                    self._sockets[socket].close()
                case Announce():
                    self._announce(action)
                case _:
                    assert_never(action)
        self._arm()

    def _arm(self) -> None:
        """Keep the timer set for the conversation's next deadline."""
        due_ms = self._conversation.next_deadline_ms()
        if due_ms == self._timer_due_ms:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._timer_due_ms = due_ms
        if due_ms is not None:
            delay_s = max(0, due_ms - self._clock.now_ms()) / 1000
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._ring)

    def _ring(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._timer_due_ms = None
        self._do(self._conversation.due(self._moment()))
