"""One session's stream: what each socket says, who hears it, what the counterpart replies. Sans-I/O.

A session takes several sockets, one a speaker. What is said in reply to a speaker goes to the other speakers'
sockets, or back to where it came from when nobody else is there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from gateway.sandbox.counterparts.base import Counterpart, Final, Partial, Reply, Say
from gateway.sandbox.journal import SocketId
from gateway.sandbox.lifecycle import Status
from gateway.sandbox.messages import (
    AudioInput,
    AudioOutput,
    OutputAudio,
    Ping,
    Pong,
    ServerMessage,
    SessionEnd,
    SessionEnded,
    SessionError,
    SessionReady,
    TranscriptFinal,
    TranscriptPartial,
    decode,
    encode,
)
from gateway.sandbox.objects import iso8601
from gateway.sandbox.playout import Delivery, Playout
from gateway.sandbox.refusals import Refused
from gateway.sandbox.session import Session

EXPLICIT_END = "explicit_end"
"""The `reason` of a session that a client ended (stream page), on the stream or by REST."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, on both clocks."""

    now_ms: int
    unix_ms: int
    precise_ns: int = 0
    """For the journal: nanoseconds since some moment, where milliseconds are too coarse; 0 where nobody measures."""


@dataclass(frozen=True, slots=True)
class Send:
    """A text message for one socket."""

    socket: SocketId
    text: str


@dataclass(frozen=True, slots=True)
class Close:
    """The end of one socket, after what was sent before."""

    socket: SocketId


Action = Send | Close


@dataclass(frozen=True, slots=True)
class Voice:
    """How the counterpart's turns leave."""

    delivery: Delivery = Delivery.REALTIME
    piece_ms: int = 100


class Conversation:
    """The brain of a session's stream."""

    def __init__(self, session: Session, counterpart: Counterpart, voice: Voice) -> None:
        self.session = session
        self._counterpart = counterpart
        self._voice = voice
        self._speakers: dict[SocketId, set[str]] = {}
        """The open sockets, oldest first, and who has spoken on each."""
        self._playouts: dict[str, Playout] = {}
        """By the speaker who is answered."""
        self._outputs = 0

    @property
    def sockets(self) -> list[SocketId]:
        """The open sockets."""
        return list(self._speakers)

    def join(self, socket: SocketId) -> list[Action]:
        """A socket was opened with a good token."""
        self.session.opened()
        self._speakers[socket] = set()
        return self._tell([socket], SessionReady(self.session.id))

    def leave(self, socket: SocketId) -> None:
        """A socket is gone."""
        self._speakers.pop(socket, None)

    def receive(self, socket: SocketId, data: str | bytes, moment: Moment) -> list[Action]:
        """Take a message from a socket; those of a session that has ended are ignored."""
        if self.session.status is Status.ENDED:
            return []
        try:
            message = decode(data)
        except Refused as refused:
            self.session.journal.refused += 1
            return self._tell([socket], SessionError(self.session.id, refused.error()))
        match message:
            case AudioInput():
                return self._hear(socket, message, moment)
            case Ping():
                return self._tell([socket], Pong(self.session.id))
            case SessionEnd():
                return self.end(EXPLICIT_END, moment)
            case _:
                assert_never(message)

    def due(self, moment: Moment) -> list[Action]:
        """Send what the counterpart says by now."""
        actions: list[Action] = []
        for speaker, playout in self._playouts.items():
            for piece in playout.release(moment.now_ms):
                audio = OutputAudio(piece, "mulaw", 8000)
                actions += self._output(self._listeners(speaker), speaker, audio, moment)
        return actions

    def next_deadline_ms(self) -> int | None:
        """When to call `due` again, or None while the counterpart is silent."""
        deadlines = [playout.next_deadline_ms() for playout in self._playouts.values()]
        return min((deadline for deadline in deadlines if deadline is not None), default=None)

    def say(self, speaker: str | None, audio: OutputAudio, moment: Moment) -> list[Action]:
        """Send audio as it is, now: to whoever hears `speaker`, or to every socket."""
        listeners = self.sockets if speaker is None else self._listeners(speaker)
        return self._output(listeners, speaker, audio, moment)

    def end(self, reason: str, moment: Moment) -> list[Action]:
        """Finish the transcript, tell every socket why it is over, and close it; once."""
        if self.session.status is Status.ENDED:
            return []
        self.session.ending()
        actions = self._carry_out(self._counterpart.finish(), moment)
        self.session.ended(moment.unix_ms)
        self._playouts.clear()
        actions += self._tell(self.sockets, SessionEnded(self.session.id, reason))
        return actions + [Close(socket) for socket in self.sockets]

    def _hear(self, socket: SocketId, message: AudioInput, moment: Moment) -> list[Action]:
        if message.audio.payload:
            self.session.heard(moment.unix_ms)
        self.session.journal.take(socket, message, moment.precise_ns)
        self._speakers[socket].add(message.speaker)
        replies = self._counterpart.hear(message.speaker, message.audio.payload, moment.unix_ms)
        return self._carry_out(replies, moment) if replies else []

    def _carry_out(self, replies: Iterable[Reply], moment: Moment) -> list[Action]:
        actions: list[Action] = []
        for reply in replies:
            match reply:
                case Say():
                    actions += self._speak(reply, moment)
                case Partial(speaker, text):
                    language = self.session.plan.language_of(speaker)
                    actions += self._tell(self.sockets, TranscriptPartial(self.session.id, speaker, text, language))
                case Final():
                    actions += self._write_down(reply)
                case _:
                    assert_never(reply)
        return actions

    def _speak(self, say: Say, moment: Moment) -> list[Action]:
        if say.at_once:
            return self.say(say.speaker, OutputAudio(say.ulaw, "mulaw", 8000), moment)
        playout = self._playouts.get(say.speaker)
        if playout is None:
            playout = self._playouts[say.speaker] = Playout(self._voice.delivery, self._voice.piece_ms)
        playout.push(say.ulaw, moment.now_ms)
        return self.due(moment)

    def _write_down(self, final: Final) -> list[Action]:
        turn = self.session.said(final.speaker, final.text, final.began_ms)
        message = TranscriptFinal(
            self.session.id, turn.sequence, turn.speaker, turn.text, iso8601(turn.unix_ms), turn.language
        )
        return self._tell(self.sockets, message)

    def _listeners(self, speaker: str) -> list[SocketId]:
        """Who hears what is said in reply to a speaker.

        A socket on which nobody has spoken yet counts as another's: it may be the speaker's own, reconnected, and
        then it is the only one left that works.
        """
        others = [socket for socket, speakers in self._speakers.items() if speakers != {speaker}]
        return others or self.sockets[-1:]

    def _output(self, sockets: list[SocketId], speaker: str | None, audio: OutputAudio, moment: Moment) -> list[Action]:
        if not sockets:
            return []
        self._outputs += 1
        for socket in sockets:
            self.session.journal.give(socket, speaker, audio.payload, moment.precise_ns)
        message = AudioOutput(self.session.id, self._outputs, moment.unix_ms, audio, speaker)
        return self._tell(sockets, message)

    def _tell(self, sockets: list[SocketId], message: ServerMessage) -> list[Action]:
        text = encode(message)
        return [Send(socket, text) for socket in sockets]
