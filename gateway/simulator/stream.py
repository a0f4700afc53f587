"""Runs one media stream: the carrier's end of the socket, the caller's mouth and ear."""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import assert_never

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from gateway.clock import Clock
from gateway.simulator.caller import Caller, Frame, Key
from gateway.simulator.dialect import Clear, Complaint, Mark, Media, StreamDialect, StreamTerms
from gateway.simulator.disorder import Disorder
from gateway.simulator.listener import Heard, Listener, Recording
from gateway.simulator.plan import CallPlan, HangUpStyle
from gateway.simulator.playout import MarkReached, Played, Playout, PlayoutEvent
from gateway.simulator.report import EventKind, Logbook
from gateway.simulator.speech import Track, bytes_per_ms

_PROGRESS_MS = 500
"""How often a live display is told how far a call is."""


@dataclass(frozen=True, slots=True)
class Line:
    """What the streams of one call share."""

    plan: CallPlan
    caller: Caller
    heard: Heard
    log: Logbook
    clock: Clock

    def hangs_up_now(self) -> bool:
        """Somebody wants the caller to leave at this moment."""
        return self.plan.hangs_up_now is not None and self.plan.hangs_up_now()


@dataclass(frozen=True, slots=True)
class _Outgoing:
    """A media message on its way through disorder."""

    index: int
    payload: bytes
    message: str


class MediaStream:
    """One stream on an open socket, until the caller hangs up or the gateway closes it."""

    def __init__(
        self, socket: ClientConnection, dialect: StreamDialect, terms: StreamTerms, track: Track, line: Line
    ) -> None:
        self._socket = socket
        self._dialect = dialect
        self._track = track
        self._line = line
        self._log = line.log
        self._clock = line.clock
        self._disorder: Disorder[_Outgoing] = Disorder(line.plan.faults)
        self._started_ms = line.clock.now_ms()
        self._playout = Playout(bytes_per_ms=bytes_per_ms(terms.hears), now_ms=self._started_ms)
        self._listener = Listener(terms.hears, line.heard, now_ms=self._started_ms)
        self._progress_ms = self._started_ms
        self._wake = asyncio.Event()

    async def run(self) -> bool:
        """True where the caller hung up, False where the gateway ended the stream."""
        async with asyncio.TaskGroup() as tasks:
            reader = tasks.create_task(self._read())
            speaker = tasks.create_task(self._speak())
            watcher = tasks.create_task(self._watch())
            await asyncio.wait((reader, speaker, watcher), return_when=asyncio.FIRST_COMPLETED)
            hung_up = speaker.done() and speaker.result()
            given_up = watcher.done()
            for task in (reader, speaker, watcher):
                task.cancel()
        if hung_up:
            await self._hang_up()
        elif given_up:
            self._socket.transport.abort()
        await self._socket.close()
        self._log.report.streams[-1].closed_ms = self._log.since_start(self._clock.now_ms())
        self._settle(self._playout.advance(self._clock.now_ms()))
        self._log.report.underruns += self._playout.underruns
        code = self._socket.close_code or 1006
        self._log.report.close_codes.append(code)
        self._log.happened(EventKind.MEDIA_CLOSED, str(code), self._clock.now_ms())
        return hung_up

    def recording(self) -> Recording:
        """What the caller heard of this stream."""
        return self._listener.recording(self._clock.now_ms())

    async def _hang_up(self) -> None:
        if self._line.plan.hang_up is HangUpStyle.DROP:
            self._socket.transport.abort()
            await self._socket.wait_closed()
            return
        with contextlib.suppress(ConnectionClosed):  # the gateway may have been quicker
            await self._socket.send(self._dialect.stop())

    async def _watch(self) -> None:
        """Return when the gateway has left a ping unanswered for too long; a carrier without patience never does."""
        patience_s = self._line.plan.gives_up_after_s
        try:
            while patience_s is not None:
                async with asyncio.timeout(patience_s):
                    await (await self._socket.ping())
                await asyncio.sleep(patience_s / 2)
        except TimeoutError:
            return
        except ConnectionClosed:
            pass  # the others have seen it too
        await asyncio.get_running_loop().create_future()

    async def _speak(self) -> bool:
        """True once the caller has hung up, False when the socket is gone."""
        caller, heard = self._line.caller, self._line.heard
        try:
            await self._socket.send(self._dialect.connected())
            await self._socket.send(self._dialect.start())
            now_ms = self._clock.now_ms()
            if self._log.report.start_sent_ms is None:
                self._log.report.start_sent_ms = self._log.since_start(now_ms)
            caller.listened_to(self._track, now_ms)
            while True:
                await self._send_due(now_ms)
                has_had_enough = caller.hangs_up(now_ms, sound_ms=heard.sound_ms, last_sound_ms=heard.last_sound_ms)
                if has_had_enough or self._line.hangs_up_now():
                    await self._send_media(self._disorder.flush())
                    return True
                await self._until_next_deadline(now_ms)
                now_ms = self._clock.now_ms()
        except ConnectionClosed:
            return False

    async def _send_due(self, now_ms: int) -> None:
        for due in self._line.caller.due(now_ms):
            match due:
                case Frame(index=index, at_ms=at_ms, payload=payload):
                    message = self._dialect.media(payload, at_ms - self._started_ms)
                    await self._send_media(self._disorder.passes(_Outgoing(index, payload, message)))
                case Key(at_ms=at_ms, digit=digit):
                    pressed_unix_ms = self._clock.unix_ms() - (now_ms - at_ms)
                    await self._socket.send(self._dialect.dtmf(digit, pressed_unix_ms))
                    self._log.happened(EventKind.KEY, digit, now_ms)
                case _:
                    assert_never(due)
        for echo in self._settle(self._playout.advance(now_ms)):
            await self._socket.send(echo)
        if now_ms >= self._progress_ms:
            self._progress_ms += _PROGRESS_MS
            self._log.happened(EventKind.PROGRESS, f"{self._playout.queued_ms} ms queued", now_ms)

    async def _send_media(self, outgoing: list[_Outgoing]) -> None:
        report = self._log.report
        for item in outgoing:
            self._log.sent_ns.setdefault(item.index, time.perf_counter_ns())
            await self._socket.send(item.message)
            self._log.sent[item.index] = item.payload
            report.frames_sent += 1
            report.bytes_sent += len(item.payload)

    async def _until_next_deadline(self, now_ms: int) -> None:
        deadline_ms = self._line.caller.next_deadline_ms()
        mark_ms = self._playout.next_deadline_ms()
        if mark_ms is not None:
            deadline_ms = min(deadline_ms, mark_ms)
        # For every frame, so: a timer that sets the event, and not a time-out that has to cancel the wait.
        alarm = asyncio.get_running_loop().call_later(max(0, deadline_ms - now_ms) / 1000, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            alarm.cancel()
        self._wake.clear()

    async def _read(self) -> None:
        """Take in what the gateway sends, until the socket is closed."""
        try:
            async for data in self._socket:
                for reply in self._take(data):
                    await self._socket.send(reply)
        except ConnectionClosed:
            pass  # its close code says how

    def _take(self, data: str | bytes) -> list[str]:
        """What the carrier answers to one message at once."""
        now_ms, now_ns = self._clock.now_ms(), time.perf_counter_ns()
        report = self._log.report
        report.messages_received += 1
        replies: list[str] = []
        for received in self._dialect.read(data):
            match received:
                case Media(payload=payload):
                    report.frames_received += 1
                    self._log.received += payload
                    report.received_ns.append((len(self._log.received), now_ns))
                    if report.streams[-1].first_audio_ms is None:
                        report.streams[-1].first_audio_ms = self._log.since_start(now_ms)
                    replies += self._settle(self._playout.media(payload, now_ms))
                case Mark(name=name):
                    replies += self._settle(self._playout.mark(name, now_ms))
                    self._wake.set()  # it may be due before the next frame
                case Clear():
                    report.clears += 1
                    self._log.happened(EventKind.CLEAR, f"{self._playout.queued_ms} ms queued", now_ms)
                    replies += self._settle(self._playout.clear(now_ms))
                case Complaint():
                    self._log.complain(received, now_ms)
                    replies += filter(None, [self._dialect.complain(received)])
                case _:
                    assert_never(received)
        return replies

    def _settle(self, events: list[PlayoutEvent]) -> list[str]:
        """Let the caller hear what was played; the echoes of marks."""
        report = self._log.report
        echoes = []
        for event in events:
            match event:
                case Played(at_ms=at_ms):
                    self._listener.hear(event)
                    report.played_ms = self._line.heard.played_ms
                    report.sound_ms = self._line.heard.sound_ms
                    if report.first_audio_ms is None:
                        report.first_audio_ms = self._log.since_start(at_ms)
                        self._log.happened(EventKind.FIRST_AUDIO, "", at_ms)
                case MarkReached(name=name, cleared=cleared):
                    (report.cleared_marks if cleared else report.marks).append(name)
                    self._log.happened(EventKind.MARK, name, self._clock.now_ms())
                    echoes.append(self._dialect.mark(name))
                case _:
                    assert_never(event)
        return echoes
