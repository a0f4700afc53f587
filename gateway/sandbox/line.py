"""One session's sockets and its one timer: the shell around a conversation."""

import asyncio
import time
from collections.abc import Iterable
from typing import assert_never

from gateway.clock import Clock
from gateway.sandbox.conversation import Action, Close, Conversation, Moment, Send
from gateway.sandbox.journal import SocketId
from gateway.sandbox.messages import OutputAudio
from gateway.sandbox.sockets import StreamSocket


class Line:
    """Feeds a conversation and does what it answers."""

    def __init__(self, conversation: Conversation, clock: Clock) -> None:
        self._conversation = conversation
        self._clock = clock
        self._sockets: dict[SocketId, StreamSocket] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due_ms: int | None = None

    @property
    def open_sockets(self) -> int:
        """How many sockets the session has now."""
        return len(self._sockets)

    def join(self, socket: StreamSocket) -> None:
        """Take a socket that was accepted."""
        self._sockets[socket.id] = socket
        self._do(self._conversation.join(socket.id))

    def leave(self, socket: StreamSocket) -> None:
        """Let go of a socket that is gone."""
        self._sockets.pop(socket.id, None)
        self._conversation.leave(socket.id)

    def receive(self, socket: StreamSocket, data: str | bytes) -> None:
        """Take a message."""
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
        for socket in self._sockets.values():
            socket.cut()
        return len(self._sockets)

    def close(self) -> None:
        """Say no more: the sandbox has stopped."""
        if self._timer is not None:
            self._timer.cancel()

    def _moment(self) -> Moment:
        return Moment(self._clock.now_ms(), self._clock.unix_ms(), time.perf_counter_ns())

    def _do(self, actions: Iterable[Action]) -> None:
        for action in actions:
            match action:
                case Send(socket, text):
                    self._sockets[socket].send(text)
                case Close(socket):
                    self._sockets[socket].close()
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
        self._timer = self._timer_due_ms = None
        self._do(self._conversation.due(self._moment()))
