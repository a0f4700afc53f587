"""Opens a call's session stream, again and again if need be, and stands for whichever is open."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Protocol

from gateway.bridge.events import SessionEnded, SessionFailed, StreamLost
from gateway.bridge.kallglot_leg import KallglotEars, KallglotLeg, Listening
from gateway.bridge.surroundings import Surroundings
from gateway.calls import EndReason
from gateway.errors import KallglotError, KallglotUnavailableError
from gateway.kallglot.backoff import delays
from gateway.kallglot.stream import open_stream
from gateway.store.record import CallRecord, Session
from gateway.telemetry.counts import CallCounts
from gateway.telemetry.kallglot_codes import code_label
from gateway.telemetry.logs import logger

_log = logger("bridge")


class StreamEars(KallglotEars, Protocol):
    """Who is told of the stream, too."""

    def stream_opened(self) -> None:
        """It is open; what is said on it comes next."""
        ...


FindSession = Callable[[CallRecord, bool], Awaitable[Session | None]]
"""The call's session with a token that opens a stream (a fresh one, if True), or None where it has ended."""


class StreamOpener:
    """One call's way to Kallglot."""

    __slots__ = ("_around", "_counts", "_ears", "_find_session", "_leg", "_opening", "_record", "_refused", "tasks")

    def __init__(
        self,
        record: CallRecord,
        find_session: FindSession,
        ears: StreamEars,
        counts: CallCounts,
        around: Surroundings,
    ) -> None:
        self._record = record
        self._find_session = find_session
        self._ears = ears
        self._counts = counts
        self._around = around
        self._leg: KallglotLeg | None = None
        self._opening: asyncio.Task[None] | None = None
        self._refused = False
        self.tasks: asyncio.TaskGroup | None = None
        """Owns the attempt that is under way; set while the call runs."""

    @property
    def takes_audio(self) -> bool:
        """Kallglot is ready, and keeps up."""
        return self._leg is not None and self._leg.takes_audio

    def delays_ms(self) -> Iterator[int]:
        """How long to wait before each attempt after the first."""
        return (int(1000 * s) for s in delays(self._around.policy.backoff, self._around.jitter))

    def open(self, delay_ms: int) -> None:
        """Begin to open a stream, after a while."""
        assert self.tasks is not None, "streams are opened while the call runs"
        self._leg = None
        self._opening = self.tasks.create_task(self._open(delay_ms))

    def cancel(self) -> None:
        """Stop trying."""
        if self._opening is not None:
            self._opening.cancel()

    def send(self, messages: Sequence[bytes]) -> None:
        """Send what Kallglot is to hear."""
        if self._leg is not None:
            self._leg.send(messages)

    def close(self, *, end_session: bool) -> None:
        """Leave the stream that is open."""
        if self._leg is not None:
            self._leg.close(end_session=end_session)

    def let_go(self) -> None:
        """Leave the stream for good, and tell nobody of it; no attempt may be under way."""
        self.close(end_session=False)
        self._leg = None
        self.tasks = None
        del self._ears  # a call that knew of us, and we of it, would wait for the garbage collector

    def tick(self, now_ms: int) -> None:
        """Keep the stream alive."""
        if self._leg is not None:
            self._leg.tick(now_ms)

    def next_deadline_ms(self) -> int | None:
        """When to call `tick`, or None while no stream is open."""
        return self._leg.next_deadline_ms() if self._leg is not None else None

    async def _open(self, delay_ms: int) -> None:
        await asyncio.sleep(delay_ms / 1000)
        try:
            session = await self._find_session(self._record, self._refused)
            if session is None:
                self._ears.handle(SessionEnded(self._ears.queued_ms()))
                return
            await self._connect(session)
        except KallglotUnavailableError as exc:
            self._ears.handle(StreamLost(str(exc)))
        except KallglotError as exc:
            self._refuse(exc)

    async def _connect(self, session: Session) -> None:
        policy, clock = self._around.policy, self._around.clock
        listening = Listening(self._record.speaker, policy.stream.ping_interval_ms, policy.tolerated_errors)
        leg = KallglotLeg(self._ears, listening, self._counts, self._around.metrics)
        began_ms = clock.now_ms()
        stream = await open_stream(session.stream_url, session.token, leg, policy.stream)
        self._around.metrics.kallglot_connect.observe((clock.now_ms() - began_ms) / 1000)
        leg.attach(stream, clock.now_ms())
        self._ears.stream_opened()
        self._refused = False
        self._leg = leg

    def _refuse(self, exc: KallglotError) -> None:
        if self._refused:
            self._around.metrics.kallglot_errors.labels(code_label(exc.code)).inc()
            _log.warning(
                "stream_refused",
                call_id=self._record.call_id,
                carrier=self._record.carrier,
                code=exc.code,
                status=exc.status,
                detail=exc.message,
                request_id=exc.request_id,
            )
            self._ears.handle(SessionFailed(EndReason.SESSION_REFUSED, exc.code))
            return
        # The token may be the trouble: the next attempt asks for a fresh one first.
        self._refused = True
        self._ears.handle(StreamLost(str(exc)))
