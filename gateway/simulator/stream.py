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
from gateway.simulator.dialect import Complaint, SocketFailure, StreamDialect, StreamTerms
from gateway.simulator.ear import Ear
from gateway.simulator.fault_specs import FaultName
from gateway.simulator.faults import AudioFaults, Delays, MessageFaults, Outgoing, find
from gateway.simulator.listener import Heard, Listener, Recording
from gateway.simulator.plan import CallPlan, HangUpStyle
from gateway.simulator.playout import Played, Playout
from gateway.simulator.report import EventKind, Logbook
from gateway.simulator.sockets import CONGESTED_BYTES, VIOLATIONS
from gateway.simulator.speech import Track, bytes_per_ms, sample_bytes

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


class MediaStream:
    """One stream on an open socket, until the caller hangs up or the gateway closes it."""

    def __init__(
        self, socket: ClientConnection, dialect: StreamDialect, terms: StreamTerms, track: Track, line: Line
    ) -> None:
        plan = line.plan
        self._socket = socket
        self._dialect = dialect
        self._track = track
        self._line = line
        self._log = line.log
        self._clock = line.clock
        self._started_ms = line.clock.now_ms()
        self._bytes_per_ms = bytes_per_ms(terms.speaks)
        self._audio_faults = AudioFaults(
            plan.faults, plan.seed, bytes_per_ms=self._bytes_per_ms, sample_bytes=sample_bytes(terms.speaks)
        )
        self._message_faults = MessageFaults(plan.faults, plan.seed, start_ms=self._started_ms)
        self._listener = Listener(terms.hears, line.heard, now_ms=self._started_ms)
        self._ear = Ear(
            dialect,
            Playout(bytes_per_ms=bytes_per_ms(terms.hears), now_ms=self._started_ms),
            line.log,
            Delays(plan.faults, FaultName.LATE_MARKS, plan.seed),
            arrived=self._arrived,
            played=self._played,
        )
        self._progress_ms = self._started_ms
        self._wake = asyncio.Event()
        self.recording: Recording | None = None
        """What the caller heard of this stream, once it was run."""
        self._dead = False
        """The connection died without a word."""

    async def run(self) -> bool:
        """True where the caller hung up, False where the stream ended without that."""
        async with self._socket, asyncio.TaskGroup() as tasks:
            reader = tasks.create_task(self._read())
            speaker = tasks.create_task(self._speak())
            watchers = [tasks.create_task(self._watch()), tasks.create_task(self._die())]
            await asyncio.wait((reader, speaker, *watchers), return_when=asyncio.FIRST_COMPLETED)
            hung_up = speaker.done() and speaker.result()
            given_up = any(watcher.done() for watcher in watchers)
            for task in (reader, speaker, *watchers):
                task.cancel()
            if hung_up:
                await self._hang_up()
            elif given_up:
                self._socket.transport.abort()
        now_ms = self._clock.now_ms()
        self._log.report.streams[-1].closed_ms = self._log.since_start(now_ms)
        self._ear.close(now_ms)
        self.recording = self._listener.recording(now_ms)
        code = self._socket.close_code or 1006
        self._log.report.close_codes.append(code)
        self._log.happened(EventKind.MEDIA_CLOSED, str(code), now_ms)
        return hung_up

    def failure(self) -> SocketFailure | None:
        """What broke the stream that was run, or None where either side closed it as it should be."""
        sent, received = self._socket.protocol.close_sent, self._socket.protocol.close_rcvd
        if received is None:
            return SocketFailure.PROTOCOL if sent is not None and sent.code in VIOLATIONS else SocketFailure.LOST
        return None

    async def _hang_up(self) -> None:
        if self._dead or self._line.plan.hang_up is HangUpStyle.DROP:
            self._socket.transport.abort()
            await self._socket.wait_closed()
            return
        with contextlib.suppress(ConnectionClosed):  # the gateway may have been quicker
            await self._socket.send(self._dialect.stop())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._skim())
            await self._socket.close()

    async def _skim(self) -> None:
        """Read what nobody hears any more: behind it comes the gateway's close."""
        with contextlib.suppress(ConnectionClosed):
            async for _ in self._socket:
                pass

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

    async def _die(self) -> None:
        """Let the connection die without a word where that is its fault; return when the carrier has noticed."""
        half_open = find(self._line.plan.faults, FaultName.HALF_OPEN)
        if half_open is None:
            await asyncio.get_running_loop().create_future()
            return
        await asyncio.sleep(half_open.ms("at") / 1000)
        self._dead = True
        self._socket.transport.pause_reading()
        await asyncio.sleep(half_open.ms("ms") / 1000)

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
                    await self._send_media(self._message_faults.flush())
                    return True
                await self._until_next_deadline(now_ms)
                now_ms = self._clock.now_ms()
        except ConnectionClosed:
            return False

    async def _send_due(self, now_ms: int) -> None:
        for due in self._line.caller.due(now_ms):
            match due:
                case Frame():
                    for frame in self._audio_faults.feed(due):
                        message = self._dialect.media(frame.payload, frame.at_ms - self._started_ms)
                        self._message_faults.push(Outgoing(frame.index, frame.payload, message), now_ms)
                    await self._send_media(self._message_faults.release(now_ms))
                case Key(at_ms=at_ms, digit=digit):
                    pressed_unix_ms = self._clock.unix_ms() - (now_ms - at_ms)
                    await self._send(self._dialect.dtmf(digit, pressed_unix_ms))
                    self._log.happened(EventKind.KEY, digit, now_ms)
                case _:
                    assert_never(due)
        await self._send_media(self._message_faults.release(now_ms))
        for echo in self._ear.due(now_ms):
            await self._send(echo)
        if now_ms >= self._progress_ms:
            self._progress_ms += _PROGRESS_MS
            self._log.happened(EventKind.PROGRESS, f"{self._ear.queued_ms} ms queued", now_ms)

    async def _send_media(self, outgoing: list[Outgoing]) -> None:
        report = self._log.report
        for item in outgoing:
            if self._dead:
                return
            if self._socket.transport.get_write_buffer_size() > CONGESTED_BYTES:
                self._discard()
                continue
            self._log.sent_ns.setdefault(item.index, time.perf_counter_ns())
            await self._send(item.message)
            if item.index not in self._log.sent:
                self._log.sent_ms += len(item.payload) // self._bytes_per_ms
            self._log.sent[item.index] = item.payload
            report.frames_sent += 1
            report.bytes_sent += len(item.payload)

    async def _send(self, message: str) -> None:
        if not self._dead:
            await self._socket.send(message)

    def _discard(self) -> None:
        """The gateway does not read: "Twilio discards audio", says so once a stream, and goes on."""
        times = self._log.report.streams[-1]
        times.discarded += 1
        if times.discarded == 1:
            complaint = Complaint(self._dialect.congestion, "the gateway does not read, so audio is discarded")
            self._log.complain(complaint, self._clock.now_ms())

    async def _until_next_deadline(self, now_ms: int) -> None:
        deadline_ms = self._line.caller.next_deadline_ms()
        for other_ms in (self._ear.next_deadline_ms(), self._message_faults.next_deadline_ms()):
            if other_ms is not None:
                deadline_ms = min(deadline_ms, other_ms)
        # For every frame, so: a timer that sets the event, and not a time-out that has to cancel the wait.
        alarm = asyncio.get_running_loop().call_later(max(0, deadline_ms - now_ms) / 1000, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            alarm.cancel()
        self._wake.clear()

    async def _read(self) -> None:
        """Take in what the gateway sends, until the socket is closed."""
        slow_read = find(self._line.plan.faults, FaultName.SLOW_READ)
        try:
            async for data in self._socket:
                if self._dead:
                    continue
                for reply in self._ear.take(data, self._clock.now_ms()):
                    await self._send(reply)
                self._wake.set()  # a mark may be due before the next frame
                if slow_read is not None:
                    await asyncio.sleep(slow_read.ms("ms") / 1000)
        except ConnectionClosed:
            pass  # its close code says how

    def _arrived(self, payload: bytes, now_ns: int) -> None:
        self._log.received += payload
        self._log.report.received_ns.append((len(self._log.received), now_ns))

    def _played(self, played: Played) -> None:
        self._listener.hear(played)
        self._log.report.played_ms = self._line.heard.played_ms
        self._log.report.sound_ms = self._line.heard.sound_ms
