"""One session's stream: what each socket says, who hears it, what the counterpart replies. Sans-I/O.

A session takes several sockets, one a speaker. What is said in reply to a speaker goes to the other speakers'
sockets, or back to where it came from when nobody else is there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from gateway.sandbox.counterparts.base import Counterpart, Final, Partial, Reply, Say
from gateway.sandbox.events import EventType
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
from gateway.sandbox.mouth import Mouth, Spoken, Voice
from gateway.sandbox.refusals import Refused
from gateway.sandbox.session import Session
from gateway.sandbox.times import iso8601
from gateway.sandbox.transcript import Turn

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
    text: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """The end of one socket, after what was sent before."""

    socket: SocketId


@dataclass(frozen=True, slots=True)
class Announce:
    """Something that webhooks tell of."""

    event: EventType
    turn: Turn | None = None
    """The one that was said, where it is about one."""


Action = Send | Close | Announce


class Conversation:
    """The brain of a session's stream."""

    def __init__(self, session: Session, counterpart: Counterpart, voice: Voice) -> None:
        self.session = session
        self._counterpart = counterpart
        self._mouth = Mouth(voice)
        self._speakers: dict[SocketId, set[str]] = {}
        """The open sockets, oldest first, and who has spoken on each."""
        self._outputs = 0
        self._unix_offset_ms = 0
        """From the one clock to the other."""

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

    def receive(self, socket: SocketId, data: str | bytes | None, moment: Moment) -> list[Action]:
        """Take a text message from a socket, None for a binary one; those of a session that has ended are ignored."""
        if self.session.status is Status.ENDED:
            return []
        self.session.times.active_ms = moment.unix_ms
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
        if self.session.status is Status.ENDED:
            return []
        self._unix_offset_ms = moment.unix_ms - moment.now_ms
        replies = self._counterpart.due(moment.unix_ms)
        actions = self._carry_out(replies, moment) if replies else []
        return actions + self._utter(self._mouth.release(moment.now_ms), moment)

    def next_deadline_ms(self) -> int | None:
        """When to call `due` again, or None while the counterpart is silent."""
        if self.session.status is Status.ENDED:
            return None
        said_ms, unprompted_ms = self._mouth.next_deadline_ms(), self._counterpart.next_deadline_ms()
        if unprompted_ms is None:
            return said_ms
        unprompted_ms -= self._unix_offset_ms
        return unprompted_ms if said_ms is None else min(said_ms, unprompted_ms)

    def starve(self, until_ms: int) -> None:
        """Hold back all that is said until then."""
        self._mouth.starve(until_ms)

    def burst(self) -> None:
        """From now on say everything as fast as it can be sent."""
        self._mouth.hurry()

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
        self._mouth.hush()
        actions += self._tell(self.sockets, SessionEnded(self.session.id, reason))
        actions += [Close(socket) for socket in self.sockets]
        return [*actions, Announce(EventType.SESSION_ENDED), Announce(EventType.TRANSCRIPT_READY)]

    def _hear(self, socket: SocketId, message: AudioInput, moment: Moment) -> list[Action]:
        payload = message.audio.payload
        actions: list[Action] = []
        if payload:
            if self.session.heard(moment.unix_ms):
                actions.append(Announce(EventType.SESSION_STARTED))
            if self.session.tape is not None:
                self.session.tape.hear(message.speaker, payload, moment.unix_ms)
        self._unix_offset_ms = moment.unix_ms - moment.now_ms
        self.session.journal.take(socket, message, moment.precise_ns)
        self._speakers[socket].add(message.speaker)
        replies = self._counterpart.hear(message.speaker, payload, moment.unix_ms)
        return actions + self._carry_out(replies, moment) if replies else actions

    def _carry_out(self, replies: Iterable[Reply], moment: Moment) -> list[Action]:
        actions: list[Action] = []
        for reply in replies:
            match reply:
                case Say():
                    actions += self._utter(self._mouth.say(reply, moment.now_ms), moment)
                case Partial(speaker, text, language):
                    language = language or self.session.plan.language_of(speaker)
                    actions += self._tell(self.sockets, TranscriptPartial(self.session.id, speaker, text, language))
                case Final():
                    actions += self._write_down(reply)
                case _:
                    assert_never(reply)
        return actions

    def _utter(self, spoken: Iterable[Spoken], moment: Moment) -> list[Action]:
        actions: list[Action] = []
        for speaker, ulaw in spoken:
            actions += self.say(speaker, OutputAudio(ulaw, "mulaw", 8000), moment)
        return actions

    def _write_down(self, final: Final) -> list[Action]:
        turn = self.session.said(
            final.speaker,
            final.text,
            final.began_ms,
            language=final.language,
            translation=final.translation,
            confidence=final.confidence,
        )
        message = TranscriptFinal(
            self.session.id,
            turn.sequence,
            turn.speaker,
            turn.text,
            iso8601(turn.unix_ms),
            turn.language,
            turn.translation,
            turn.confidence,
        )
        return [*self._tell(self.sockets, message), Announce(EventType.TRANSCRIPT_SEGMENT, turn)]

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
        if self.session.tape is not None and self.session.status is Status.ACTIVE:
            self.session.tape.say(audio.payload, moment.unix_ms)
        for socket in sockets:
            self.session.journal.give(socket, speaker, audio.payload, moment.precise_ns)
        message = AudioOutput(self.session.id, self._outputs, moment.unix_ms, audio, speaker)
        return self._tell(sockets, message)

    def _tell(self, sockets: list[SocketId], message: ServerMessage) -> list[Action]:
        text = encode(message)
        return [Send(socket, text) for socket in sockets]
