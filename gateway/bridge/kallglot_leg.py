"""One call's leg towards Kallglot: one open session stream, listened to and kept alive.

A stream that is lost is replaced by another leg; what outlives it is in `upstream`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, assert_never, get_args

from gateway.audio.formats import AudioFormat
from gateway.bridge.events import Event, SessionEnded, SessionFailed, SessionReady, StreamLost
from gateway.calls import Direction, EndReason
from gateway.errors import MessageError
from gateway.kallglot import messages
from gateway.kallglot.outputs import OutputReader
from gateway.kallglot.stream import KallglotStream
from gateway.telemetry.counts import CallCounts, StreamMessage
from gateway.telemetry.kallglot_codes import code_label
from gateway.telemetry.metrics import Metrics, Side

_TYPES = {kind: StreamMessage(kind.__struct_config__.tag or "unknown") for kind in get_args(messages.ServerMessage)}

Words = messages.TranscriptPartial | messages.TranscriptFinal
"""What somebody on the session said, or has said so far."""

_PINGS_MISSED = 2
"""Pings without a word in between, after which the connection is dead, whatever TCP believes."""


class KallglotEars(Protocol):
    """Who is told what Kallglot says."""

    def handle(self, event: Event) -> None:
        """Something happened to the session."""
        ...

    def session_audio(self, payload: bytes, source: AudioFormat) -> None:
        """Kallglot speaks to the caller."""
        ...

    def caller_spoke(self) -> None:
        """Kallglot understood our caller saying something."""
        ...

    def transcribed(self, words: Words) -> None:
        """Kallglot understood somebody saying something."""
        ...

    def queued_ms(self) -> int:
        """What Kallglot said that the caller has not heard yet."""
        ...

    def stream_writable(self, *, writable: bool) -> None:
        """Audio for Kallglot can be sent, or has to wait."""
        ...

    def failed(self, exc: Exception) -> None:
        """A bug of ours came up while listening."""
        ...


@dataclass(frozen=True, slots=True)
class Listening:
    """How to take what Kallglot says."""

    speaker: str
    """Our caller's name on the stream."""
    ping_ms: int
    tolerated: frozenset[str]
    """Codes of `session.error` after which a call goes on."""


class KallglotLeg:
    """Hears one stream and answers for its health."""

    __slots__ = (
        "_counts",
        "_ears",
        "_heard",
        "_listening",
        "_metrics",
        "_outputs",
        "_ping_at_ms",
        "_ready",
        "_stream",
        "_unanswered",
        "_writable",
        "takes_audio",
    )

    def __init__(self, ears: KallglotEars, listening: Listening, counts: CallCounts, metrics: Metrics) -> None:
        self.takes_audio = False
        """Kallglot is ready on this stream, and keeps up with what it is sent."""
        self._ears = ears
        self._listening = listening
        self._counts = counts
        self._metrics = metrics
        self._outputs = OutputReader()
        self._stream: KallglotStream | None = None
        self._ready = False
        self._writable = True
        self._heard = True
        self._unanswered = 0
        self._ping_at_ms = 0

    def attach(self, stream: KallglotStream, now_ms: int) -> None:
        """The stream that this leg hears is open."""
        self._stream = stream
        self._judge()
        self._metrics.open_websockets.labels(Side.KALLGLOT).inc()
        self._ping_at_ms = now_ms + self._listening.ping_ms

    def send(self, data: Sequence[bytes]) -> None:
        """Send messages, if there is still somebody to send them to."""
        if self._stream is not None:
            for message in data:
                self._stream.send(message)

    def close(self, *, end_session: bool) -> None:
        """Leave the stream; with or without ending the session."""
        stream = self._detach()
        if stream is not None:
            if end_session:
                stream.send(messages.SESSION_END)
            stream.close()

    def tick(self, now_ms: int) -> None:
        """Send a ping when one is due; drop a connection that answers none."""
        if self._stream is None or now_ms < self._ping_at_ms:
            return
        self._unanswered = 0 if self._heard else self._unanswered + 1
        self._heard = False
        self._ping_at_ms = now_ms + self._listening.ping_ms
        if self._unanswered > _PINGS_MISSED:
            self._stream.abort()
            return
        self._stream.send(messages.PING)

    def next_deadline_ms(self) -> int | None:
        """When to call `tick`, or None while no stream is open."""
        return self._ping_at_ms if self._stream is not None else None

    def stream_message(self, data: bytes) -> None:
        """One message from Kallglot; a broken one is counted and ends nothing."""
        self._heard = True
        try:
            payload = self._outputs.read(data)
            if payload is not None:
                self._counts.outputs_in += 1
                self._ears.session_audio(payload, self._outputs.format)
            else:
                self._take(messages.decode(data), data)
        except MessageError as exc:
            self._counts.dropped[Direction.OUT, exc.fault] += 1
        except Exception as exc:  # noqa: BLE001 - the outer edge of a callback: a bug ends this call, not the loop
            self._ears.failed(exc)

    def stream_binary(self, size: int) -> None:  # noqa: ARG002 - the listener's contract
        """Kallglot documents no binary messages."""
        self._counts.other_messages[StreamMessage.BINARY] += 1

    def stream_closed(self, code: int, reason: str) -> None:
        """The stream went away; whether the session did is not said."""
        if self._detach() is not None:
            self._ears.handle(StreamLost(f"closed with {code} {reason}".strip()))

    def stream_writable(self, *, writable: bool) -> None:
        """The stream has room for audio again, or not."""
        self._writable = writable
        self._judge()
        self._ears.stream_writable(writable=writable)

    def _judge(self) -> None:
        self.takes_audio = self._ready and self._writable and self._stream is not None

    def _detach(self) -> KallglotStream | None:
        """The stream, if it was still ours, which it then is no more."""
        stream, self._stream = self._stream, None
        self._judge()
        if stream is not None:
            self._metrics.open_websockets.labels(Side.KALLGLOT).dec()
        return stream

    def _take(self, message: messages.ServerMessage, data: bytes) -> None:
        if isinstance(message, messages.AudioOutput):
            # Nearly all are, so they have a plain count of their own.
            self._counts.outputs_in += 1
            self._ears.session_audio(message.audio.payload, self._outputs.learn(data, message.audio))
            return
        match message:
            case messages.TranscriptPartial() | messages.TranscriptFinal():
                self._transcript(message)
            case messages.Pong() | messages.Unknown():
                pass
            case messages.SessionReady():
                self._ready = True
                self._judge()
                self._ears.handle(SessionReady())
            case messages.SessionEnded():
                self._ears.handle(SessionEnded(self._ears.queued_ms()))
            case messages.SessionError():
                self._session_error(message)
            case _:
                assert_never(message)
        self._counts.other_messages[_TYPES[type(message)]] += 1

    def _transcript(self, message: Words) -> None:
        self._ears.transcribed(message)
        if message.speaker == self._listening.speaker:
            self._ears.caller_spoke()

    def _session_error(self, message: messages.SessionError) -> None:
        self._metrics.kallglot_errors.labels(code_label(message.code)).inc()
        if message.code not in self._listening.tolerated:
            self._ears.handle(SessionFailed(EndReason.SESSION_ERROR, message.code))
