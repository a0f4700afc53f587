"""One media stream of a load: no task, no queue and no timer of its own."""

import asyncio
import contextlib
import time

from picows import WSCloseCode, WSError, WSFrame, WSListener, WSMsgType, WSProtocolError, WSTransport
from picows.picows import WSCloseHandshake

from gateway.simulator.caller import Frame
from gateway.simulator.dialect import SocketFailure, StreamDialect, StreamTerms
from gateway.simulator.ear import Ear
from gateway.simulator.fault_specs import FaultName
from gateway.simulator.faults import AudioFaults, Delays, MessageFaults, Outgoing, find
from gateway.simulator.load.gauge import Gauge
from gateway.simulator.load.probe import PERIOD_FRAMES, Probe
from gateway.simulator.load.tally import Count, Tally
from gateway.simulator.load.ticker import Ticker
from gateway.simulator.playout import Playout
from gateway.simulator.sockets import VIOLATIONS
from gateway.simulator.speech import FRAME_MS, bytes_per_ms, sample_bytes
from gateway.simulator.stream import Line

_LOST = 1006
_NO_STATUS = 1005
"""RFC 6455 §7.1.5: a close without a code."""
_CLOSING_S = 2.0
"""Seconds that a gateway has to answer a close."""


class LoadTalk(WSListener):
    """Says a probe over and over and measures what comes back, until its caller hangs up."""

    def __init__(
        self, dialect: StreamDialect, terms: StreamTerms, line: Line, probe: Probe, tally: Tally, ticker: Ticker
    ) -> None:
        super().__init__()
        plan, now_ms = line.plan, line.clock.now_ms()
        self._dialect = dialect
        self._line = line
        self._probe = probe
        self._tally = tally
        self._ticker = ticker
        self._gauge = Gauge(probe.seeker(terms.speaks, terms.hears), tally)
        self._ear = Ear(
            dialect,
            Playout(bytes_per_ms=bytes_per_ms(terms.hears), now_ms=now_ms),
            line.log,
            Delays(plan.faults, FaultName.LATE_MARKS, plan.seed),
            arrived=self._gauge.came,
            played=lambda _: None,
        )
        self._mistreatment = _Mistreatment(line, terms, now_ms) if plan.faults else None
        self._transport: WSTransport | None = None
        self._started_ms = now_ms
        self._frame = 0
        self._congested = False
        self._code = _LOST
        self._hung_up: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def run(self) -> bool:
        """True where the caller hung up, False where the stream ended without that."""
        now_ms = self._line.clock.now_ms()
        self._started_ms = now_ms
        self._tell(self._dialect.connected())
        self._tell(self._dialect.start())
        if self._line.log.report.start_sent_ms is None:
            self._line.log.report.start_sent_ms = self._line.log.since_start(now_ms)
        self._ticker.join(self)
        try:
            hung_up = await self._hung_up
        finally:
            self._ticker.leave(self)
        await self._close(hung_up=hung_up)
        self._line.log.report.close_codes.append(self._code)
        self._ear.close(self._line.clock.now_ms())
        return hung_up

    async def _close(self, *, hung_up: bool) -> None:
        transport = self._transport
        assert transport is not None
        is_dead = self._mistreatment is not None and self._mistreatment.is_dead(self._line.clock.now_ms())
        if hung_up and not is_dead:
            self._tell(self._dialect.stop())
            transport.send_close(WSCloseCode.OK)
            transport.underlying_transport.resume_reading()  # a slow reader's; the answer comes behind what waits there
        else:
            transport.disconnect(graceful=False)
        # `WSError` says how the gateway broke the protocol: `failure` tells.
        with contextlib.suppress(TimeoutError, WSError):
            async with asyncio.timeout(_CLOSING_S):
                await transport.wait_disconnected()
        transport.disconnect(graceful=False)

    def failure(self) -> SocketFailure | None:
        """What broke the stream that was run, or None where either side closed it as it should be."""
        if self._transport is not None and _was_violated(self._transport):
            return SocketFailure.PROTOCOL
        return SocketFailure.LOST if self._code == _LOST else None

    def speak(self, now_ms: int) -> None:
        """Say the next 20 ms, and echo the marks whose audio was played."""
        if self._line.caller.hangs_up(now_ms) or self._line.hangs_up_now():
            self._end(hung_up=True)
            return
        frame, self._frame = self._frame, self._frame + 1
        if self._mistreatment is None:
            payload = self._probe.frames[frame % PERIOD_FRAMES]
            self._send(frame, self._dialect.media(payload, (frame + 1) * FRAME_MS))
        elif self._mistreatment.is_dead(now_ms):
            self._die(now_ms)
            return
        else:
            self._speak_badly(self._mistreatment, frame, now_ms)
        for echo in self._ear.due(now_ms):
            self._tell(echo)

    def _speak_badly(self, mistreatment: "_Mistreatment", number: int, now_ms: int) -> None:
        payload = self._probe.frames[number % PERIOD_FRAMES]
        frame = Frame(number, (number + 1) * FRAME_MS, payload, self._probe.is_silent(number))
        for piece in mistreatment.audio.feed(frame):
            message = self._dialect.media(piece.payload, piece.at_ms)
            mistreatment.messages.push(Outgoing(mistreatment.last_frame(frame, piece), piece.payload, message), now_ms)
        for outgoing in mistreatment.messages.release(now_ms):
            self._send(outgoing.index, outgoing.message)
        if mistreatment.reads_again(now_ms) and self._transport is not None:
            self._transport.underlying_transport.resume_reading()

    def _send(self, frame: int, message: str) -> None:
        if self._congested:
            self._tally.counts[Count.DISCARDED] += 1
            return
        self._tell(message)
        now_ns = time.perf_counter_ns()
        for left in self._mistreatment.frames_in(frame) if self._mistreatment is not None else (frame,):
            self._gauge.left(left, now_ns)

    def _tell(self, message: str) -> None:
        if self._transport is not None:
            self._transport.send(WSMsgType.TEXT, message.encode())

    def _die(self, now_ms: int) -> None:
        """Neither read nor write any more; end when the carrier has noticed."""
        assert self._mistreatment is not None
        if self._transport is not None:
            self._transport.underlying_transport.pause_reading()
        if self._mistreatment.has_noticed(now_ms):
            self._end(hung_up=False)

    def _end(self, *, hung_up: bool) -> None:
        if not self._hung_up.done():
            self._hung_up.set_result(hung_up)

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The gateway has accepted the socket."""
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """One message."""
        if frame.msg_type == WSMsgType.CLOSE:
            code = frame.get_close_code()
            self._code = int(code.value) or _NO_STATUS
            transport.send_close(code if frame.payload_size else WSCloseCode.OK)
            transport.disconnect()
            return
        if frame.msg_type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            return
        data = _text(frame) if frame.msg_type == WSMsgType.TEXT else frame.get_payload_as_bytes()
        now_ms = self._line.clock.now_ms()
        for reply in self._ear.take(data, now_ms):
            self._tell(reply)
        if self._mistreatment is not None and not self._hung_up.done() and self._mistreatment.rests(now_ms):
            transport.underlying_transport.pause_reading()

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002 - there is one only
        """The socket is gone."""
        self._end(hung_up=False)

    def pause_writing(self) -> None:
        """The gateway does not read: audio is discarded, as Twilio does."""
        self._congested = True

    def resume_writing(self) -> None:
        """It does again."""
        self._congested = False


def _text(frame: WSFrame) -> str:
    try:
        return frame.get_payload_as_utf8_text()
    except UnicodeDecodeError as exc:
        raise WSProtocolError(WSCloseCode.INVALID_TEXT, "not UTF-8") from exc


def _was_violated(transport: WSTransport) -> bool:
    """The gateway broke the protocol, for which picows closed the connection."""
    # None until a close frame was sent or received, whatever the stub says.
    handshake: WSCloseHandshake | None = transport.close_handshake
    if handshake is None or handshake.sent is None or handshake.recv_then_sent:
        return False
    return handshake.sent.code.value in VIOLATIONS


class _Mistreatment:
    """The faults of one stream."""

    def __init__(self, line: Line, terms: StreamTerms, start_ms: int) -> None:
        faults, seed = line.plan.faults, line.plan.seed
        self.audio = AudioFaults(
            faults, seed, bytes_per_ms=bytes_per_ms(terms.speaks), sample_bytes=sample_bytes(terms.speaks)
        )
        self.messages = MessageFaults(faults, seed, start_ms=start_ms)
        self._half_open = find(faults, FaultName.HALF_OPEN)
        self._slow_read = find(faults, FaultName.SLOW_READ)
        self._bytes_per_ms = bytes_per_ms(terms.speaks)
        self._start_ms = start_ms
        self._cut_frames = 0
        self._first_frames: dict[int, int] = {}
        """Of messages that end several frames, by the last of them."""
        self._reads_ms: int | None = None
        """When reading goes on, None while it does."""

    def last_frame(self, frame: Frame, piece: Frame) -> int:
        """The last frame that is over with a message; -1 where none is."""
        if piece is frame:
            return frame.index
        over = (piece.at_ms - FRAME_MS + len(piece.payload) // self._bytes_per_ms) // FRAME_MS
        if over <= self._cut_frames:
            return -1
        self._first_frames[over - 1] = self._cut_frames
        self._cut_frames = over
        return over - 1

    def frames_in(self, last: int) -> range:
        """The frames that are over when a message has left."""
        return range(self._first_frames.pop(last, max(last, 0)), last + 1)

    def is_dead(self, now_ms: int) -> bool:
        """The connection has died without a word."""
        return self._half_open is not None and now_ms >= self._start_ms + self._half_open.ms("at")

    def has_noticed(self, now_ms: int) -> bool:
        """And the carrier knows."""
        return self._half_open is not None and now_ms >= self._start_ms + sum(map(self._half_open.ms, ("at", "ms")))

    def rests(self, now_ms: int) -> bool:
        """A message was read: whether the next one has to wait."""
        if self._slow_read is None:
            return False
        self._reads_ms = now_ms + self._slow_read.ms("ms")
        return True

    def reads_again(self, now_ms: int) -> bool:
        """Whether the wait is over."""
        if self._reads_ms is None or now_ms < self._reads_ms:
            return False
        self._reads_ms = None
        return True
