"""One call's bridge: two legs and a brain between them. Opens, moves, closes; decides nothing."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from gateway.audio.formats import PCMU_8K, AudioFormat
from gateway.bridge.carrier_leg import CarrierLeg, Socket
from gateway.bridge.chronicle import Chronicle
from gateway.bridge.chunks import Chunk
from gateway.bridge.events import (
    Action,
    Ending,
    Event,
    Finish,
    GiveUp,
    MediaUnusable,
    OpenStream,
    PlayedOut,
    SessionReady,
    StartAudio,
    TimePassed,
)
from gateway.bridge.hold import Hold
from gateway.bridge.kallglot_leg import Words
from gateway.bridge.monitor import CallMonitor
from gateway.bridge.opener import FindSession, StreamOpener
from gateway.bridge.pauses import PauseFinder
from gateway.bridge.session import CallSession
from gateway.bridge.setup import Setup
from gateway.bridge.states import State
from gateway.bridge.surroundings import Surroundings
from gateway.bridge.transcripts import TranscriptLine
from gateway.bridge.upstream import Upstream
from gateway.calls import Direction, EndReason
from gateway.carriers.base import MediaDialect
from gateway.errors import UnsupportedFormatError
from gateway.kallglot.messages import TranscriptFinal
from gateway.store.record import CallRecord
from gateway.telemetry.audio_metrics import ClearCause, Speaker
from gateway.telemetry.blackbox import BlackBox, EventKind
from gateway.telemetry.counts import CallCounts
from gateway.telemetry.logs import logger
from gateway.telemetry.metrics import Reconnect, Stage

_log = logger("bridge")

_WATCHED = frozenset({State.PLAYING_OUT, State.RECONNECTING})
"""States in which it matters whether the caller has heard everything."""

_LOOK_AGAIN_MS = 20
"""How often to look whether they have."""

_HOLD_AHEAD_MS = 100
"""Of the clip, when the next piece is played: some of these looks."""

_TIMED_EVERY = 4
"""Messages, of which one is timed on its way: quantiles need no more, and calls have ten a second."""

ENDS_SESSION = frozenset({Ending.OVER, Ending.AFTER, Ending.FAILURE})
"""Endings after which the session must not stay open."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How one call is to be carried, and what was before."""

    barge_in: bool
    """Whether the caller may cut Kallglot short."""
    waited_ms: int
    """How long the carrier took to open the media socket, after it was told to."""
    mode: str
    """The session's."""
    box: BlackBox
    """Goes on where an earlier socket of the call ended."""


class Relay:
    """Carries one call from its media socket's opening to its close."""

    __slots__ = (
        "_around",
        "_barge_in",
        "_brain",
        "_chronicle",
        "_clock",
        "_finished",
        "_hold",
        "_look_ms",
        "_pauses",
        "_setup",
        "_slow_ms",
        "_stream",
        "_upstream",
        "carrier",
        "counts",
        "due_ms",
        "monitor",
        "record",
    )

    def __init__(
        self,
        record: CallRecord,
        find_session: FindSession,
        socket: Socket,
        dialect: MediaDialect,
        around: Surroundings,
        terms: Terms,
    ) -> None:
        now_ms = around.clock.now_ms()
        self.record = record
        self.counts = CallCounts()
        self.monitor = CallMonitor(self.counts, terms.box, around, record.carrier, terms.mode)
        """Follows how the call is."""
        self.carrier = CarrierLeg(socket, dialect, self, self.counts, around.clock, self.monitor)
        self.due_ms = 0
        self._look_ms: int | None = None
        """When to look whether the caller has heard everything."""
        self._slow_ms = 0
        """When to do what does not depend on audio."""
        self._around = around
        self._clock = around.clock
        self._barge_in = terms.barge_in
        self._setup = Setup(now_ms, terms.waited_ms, around.metrics)
        self._chronicle = Chronicle(record, self.monitor, self._setup)
        self._upstream = Upstream(record.speaker, record.next_sequence, around.clock.unix_ms() - now_ms, self.counts)
        self._stream = StreamOpener(record, find_session, self, self.counts, around)
        self._brain = CallSession(around.policy.session, self._stream.delays_ms(), now_ms)
        self._hold: Hold | None = None
        self._pauses: PauseFinder | None = None
        self._finished: asyncio.Future[Finish] = asyncio.get_running_loop().create_future()
        self.monitor.note(EventKind.MEDIA_OPEN)

    @property
    def state(self) -> State:
        """Where the call stands."""
        return self._brain.state

    @property
    def setup_ms(self) -> Mapping[Stage, int]:
        """How long the parts of its set-up took."""
        return self._setup.stages_ms

    @property
    def next_sequence(self) -> int:
        """Of the `audio.input` that would be sent next."""
        return self._upstream.next_sequence

    def figures(self) -> dict[str, int]:
        """What was counted on the call, sockets before this one included."""
        return self.counts.with_earlier(self.record.figures)

    async def run(self) -> Finish:
        """Bridge until the call leaves; no task and no stream outlives it, the carrier's socket does."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._stream.tasks = tasks
                self._do(self._brain.open())
                self._arm()
                finish = await self._finished
                self._stream.cancel()
        finally:
            self.monitor.close(self._clock.now_ms())
            self._around.wheel.forget(self)
            self._stream.let_go()
        return finish

    def handle(self, event: Event) -> None:
        """Tell the brain, and do what it says."""
        was_away = self._brain.state is State.RECONNECTING
        self._chronicle.note(event, self._brain.state)
        self._do(self._brain.handle(event, self._clock.now_ms()))
        if isinstance(event, SessionReady):
            if was_away:
                self._around.metrics.kallglot_reconnects.labels(Reconnect.DONE).inc()
            if was_away and self._hold is not None:
                self._hold = None
                self._clear(ClearCause.RECONNECTED)
            self._setup.session_ready(self._clock.now_ms())
            self._send(())
        self._arm()

    def caller_audio(self, chunks: Sequence[Chunk]) -> None:
        """The caller said something: on it goes, or it waits for Kallglot."""
        if self._pauses is not None:
            self._pauses.feed(chunks, self._clock.now_ms())
        self.monitor.heard(chunks, self._clock.now_ms())
        if self._stream.takes_audio:
            is_timed = not self.counts.chunks_out % _TIMED_EVERY
            self._send(chunks)
            if is_timed and self.carrier.frame_at_us:
                self.monitor.relayed(Direction.IN, self.carrier.frame_at_us)
        else:
            self._upstream.keep(chunks)

    def session_audio(self, payload: bytes, source: AudioFormat) -> None:
        """Kallglot says something to the caller."""
        if self.counts.outputs_in % _TIMED_EVERY != 1:  # the first is: it is counted already
            self.carrier.play(payload, source)
        else:
            began_us = self._clock.now_us()
            self.carrier.play(payload, source)
            self.monitor.relayed(Direction.OUT, began_us)
        due_ms = self.carrier.play_deadline_ms()
        if due_ms is not None and not 0 < self.due_ms <= due_ms:
            self._arm_by(due_ms)

    def caller_spoke(self) -> None:
        """The caller interrupts, where the route allows it."""
        if self._barge_in and self._clear(ClearCause.INTERRUPTED):
            self.monitor.note(EventKind.INTERRUPTED)
            self._arm()

    def transcribed(self, words: Words) -> None:
        """Counted, and shown to whoever looks at the call."""
        is_final = isinstance(words, TranscriptFinal)
        if is_final:
            speaker = Speaker.CALLER if words.speaker == self.record.speaker else Speaker.OTHER
            self._around.metrics.audio.turns.labels(speaker).inc()
        if self._around.transcripts.is_watched:
            translation = words.translation.text if words.translation is not None else None
            line = TranscriptLine(self.record.call_id, words.speaker, words.text, translation, is_final=is_final)
            self._around.transcripts.publish(line)

    def stream_opened(self) -> None:
        """Kallglot will say when it is ready."""
        self.monitor.note(EventKind.STREAM_OPEN)
        self._arm()

    def queued_ms(self) -> int:
        """What the caller has yet to hear."""
        return self.carrier.queued_ms()

    def stream_writable(self, *, writable: bool) -> None:
        """Kallglot keeps up again: what had to wait is sent."""
        if writable and self._stream.takes_audio:
            self._send(())

    def listen_for_pause(self) -> None:
        """Begin to look for a moment in which the call can change hands; until asked, nobody pays for it."""
        if self._pauses is None:
            self._pauses = PauseFinder(self._clock.now_ms())

    def is_in_pause(self) -> bool:
        """Nobody speaks, and nothing waits to be said."""
        quiet = self._pauses is not None and self._pauses.is_pause(self._clock.now_ms())
        return quiet and not self.carrier.is_playing()

    def failed(self, exc: Exception) -> None:
        """A bug: this call ends, its caller is told, and the others go on."""
        _log.error("call_failed", call_id=self.record.call_id, carrier=self.record.carrier, exc_info=exc)
        try:
            self.handle(GiveUp(Ending.FAILURE, EndReason.INTERNAL_ERROR))
        except Exception as again:  # noqa: BLE001 - what is broken breaks its last words too; it has left all the same
            _log.error("call_failed", call_id=self.record.call_id, exc_info=again)

    def tick(self, now_ms: int) -> None:
        """Do what is due."""
        try:
            if now_ms >= self.monitor.due_ms:
                self.monitor.second(now_ms, self.carrier.queued_ms(), is_ready=self._stream.takes_audio)
                self._slow_ms = self._slow_deadline_ms()
            due_ms = self._next_deadline_ms()
            if due_ms > now_ms:
                # The audio went on, and with it what was due, as nearly always.
                self._arm_by(due_ms)
                return
            self.carrier.tick(now_ms)
            self._stream.tick(now_ms)
            brain_ms = self._brain.next_deadline_ms()
            if brain_ms is not None and brain_ms <= now_ms:
                self._do(self._brain.handle(TimePassed(), now_ms))
            if self._brain.state is State.RECONNECTING:
                self._keep_on_hold()
            if self._brain.state is State.PLAYING_OUT and not self.carrier.is_playing():
                self._do(self._brain.handle(PlayedOut(), now_ms))
        except Exception as exc:  # noqa: BLE001 - the outer edge of a timer: a bug ends this call, not the others
            self.failed(exc)
        self._arm()

    def _do(self, actions: Sequence[Action]) -> None:
        for action in actions:
            match action:
                case StartAudio():
                    self._start(action)
                case OpenStream():
                    self._stream.open(action.delay_ms)
                case Finish():
                    self._finish(action)
                case _:
                    assert_never(action)

    def _start(self, action: StartAudio) -> None:
        policy = self._around.policy
        self._setup.media_started(self._clock.now_ms())
        try:
            self.carrier.start(action.format, policy.uplink, policy.pacing, self.record.epoch)
        except UnsupportedFormatError as exc:
            self.handle(MediaUnusable(str(exc)))

    def _finish(self, finish: Finish) -> None:
        # First, because the call is over whatever goes wrong with its last words; `run` goes on when this has returned.
        if not self._finished.done():
            self._finished.set_result(finish)
        if finish.reason is EndReason.KALLGLOT_UNAVAILABLE and self._setup.was_ready:
            self._around.metrics.kallglot_reconnects.labels(Reconnect.GIVEN_UP).inc()
        try:
            last_words = self.carrier.flush()
            if self._stream.takes_audio:
                self._send(last_words)
        except Exception as exc:  # noqa: BLE001 - the call's outer edge: whoever ends it may have others to end
            _log.error("call_failed", call_id=self.record.call_id, exc_info=exc)
        self._stream.close(end_session=finish.ending in ENDS_SESSION)

    def _send(self, chunks: Sequence[Chunk]) -> None:
        messages = self._upstream.messages(chunks)
        if messages:
            self._stream.send(messages)
            if not self._setup.is_complete:
                self._setup.audio_sent(self._clock.now_ms())

    def _keep_on_hold(self) -> None:
        """Play what callers hear while Kallglot is away, after what it said and without a hole in it."""
        if self._hold is None and not self.carrier.is_playing():
            self._hold = Hold(self._around.policy.hold_clip)
        if self._hold is not None and self.carrier.queued_ms() < _HOLD_AHEAD_MS:
            self.carrier.play(self._hold.next_piece(), PCMU_8K)

    def _clear(self, cause: ClearCause) -> bool:
        """Stop speaking to the caller; whether anything was being said."""
        was_playing = self.carrier.interrupt()
        if was_playing:
            self._around.metrics.audio.clears.labels(cause).inc()
        return was_playing

    def _next_deadline_ms(self) -> int:
        carrier_ms = self.carrier.next_deadline_ms()
        return carrier_ms if carrier_ms is not None and carrier_ms < self._slow_ms else self._slow_ms

    def _slow_deadline_ms(self) -> int:
        soonest_ms = self.monitor.due_ms
        for ms in (self._stream.next_deadline_ms(), self._brain.next_deadline_ms(), self._look_ms):
            if ms is not None and ms < soonest_ms:
                soonest_ms = ms
        return soonest_ms

    def _arm(self) -> None:
        if self._brain.state is State.CLOSED:
            return  # and nothing is asked of what may be broken: the wheel turns for the other calls, too
        is_watched = self._brain.state in _WATCHED
        self._look_ms = self._clock.now_ms() + _LOOK_AGAIN_MS if is_watched else None
        self._slow_ms = self._slow_deadline_ms()
        self._arm_by(self._next_deadline_ms())

    def _arm_by(self, due_ms: int | None) -> None:
        if due_ms is None or 0 < self.due_ms <= due_ms or self._brain.state is State.CLOSED:
            return
        self._around.wheel.set(self, due_ms)
