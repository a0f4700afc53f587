"""Calls with real health, fed with recorded speech and a clock of their own, for a console to look at."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.bridge.states import State
from gateway.calls import CallId, Carrier, CarrierCallId, EndReason, SessionId, call_id_for
from gateway.store.record import CallRecord, Session
from gateway.telemetry.blackbox import BlackBox, EventKind, decode
from gateway.telemetry.counts import CallCounts
from gateway.telemetry.health import CallHealth, HealthFigures
from gateway.web.console.story import Story
from gateway.web.console.wording import STATES
from tests.fakes.clock import FakeClock
from tests.telemetry.sounds import SILENCE, pieces, speech, ulaw

VOICE = pieces(ulaw(speech()))
QUIET = [SILENCE]


class PlayedMonitor:
    """Answers as the bridge's own does."""

    def __init__(self, health: CallHealth, clock: FakeClock) -> None:
        self._health = health
        self._unix_offset_ms = clock.unix_ms() - clock.now_ms()

    @property
    def is_flagged(self) -> bool:
        return bool(self._health.flags)

    def figures(self) -> HealthFigures | None:
        figures = self._health.figures()
        flags = [replace(flag, start_ms=flag.start_ms + self._unix_offset_ms) for flag in figures.flags]
        return replace(figures, flags=flags)


class PlayedCall:
    """A live call, as the bridge would carry it."""

    def __init__(self, clock: FakeClock, name: str = "CA1", route: str = "support-de") -> None:
        carrier_call_id = CarrierCallId(name)
        call_id = call_id_for(Carrier.TWILIO, carrier_call_id)
        session = Session(SessionId("sess_01HXYZ"), "wss://example.com", "kst_live_1", 0)
        self.record = CallRecord(
            call_id, Carrier.TWILIO, carrier_call_id, route, "customer", clock.unix_ms(), "here", session=session
        )
        self.state = State.OPENING
        self.counts = CallCounts()
        self.clock = clock
        self._box = BlackBox(clock.unix_ms())
        self._pieces = 0
        self.health = CallHealth(self.counts, self._box, clock.now_ms(), clock.unix_ms())
        self.monitor = PlayedMonitor(self.health, clock)

    def sets_up(self) -> None:
        """From the webhook to the first audio."""
        for kind in (EventKind.WEBHOOK, EventKind.SESSION_CREATED, EventKind.MEDIA_OPEN, EventKind.MEDIA_STARTED):
            self.happens(kind)
            self.clock.advance(60)
        self.happens(EventKind.STREAM_OPEN)
        self.happens(EventKind.READY)
        self.state = State.STREAMING

    def happens(self, kind: EventKind, detail: str = "") -> None:
        self.health.event(kind, self.clock.now_ms(), detail)

    def goes_on(
        self,
        seconds: float,
        heard: Sequence[bytes] = VOICE,
        said: Sequence[bytes] = QUIET,
        *,
        latency_ms: int = 0,
        queue_ms: int = 0,
    ) -> None:
        """Sound both ways, 100 ms at a time."""
        for _ in range(int(10 * seconds)):
            now_ms = self.clock.advance(100)
            self._pieces += 1
            for frame in range(5):
                # Some frames are held up for a moment, as they are.
                late_ms = self._pieces * 7919 % 37 if frame == 2 else 0
                self.health.jitter.arrived(20 * (5 * self._pieces + frame), now_ms + 20 * frame + late_ms)
            self.counts.frames_in += 5
            self.counts.frames_out += 5
            self.health.heard(heard[self._pieces % len(heard)], now_ms)
            self.health.said(said[self._pieces % len(said)], now_ms)
            if now_ms >= self.health.due_ms:
                self.health.second(now_ms, latency_ms=latency_ms, queue_ms=queue_ms)

    def story(self, reason: EndReason | None = None) -> Story:
        """All that is known of it."""
        if reason is not None:
            self.happens(EventKind.END, reason)
        record = self.record
        return Story(
            call_id=record.call_id,
            carrier=record.carrier,
            carrier_call_id=record.carrier_call_id,
            session_id=record.session.session_id if record.session else None,
            route=record.route,
            state=STATES[self.state] if reason is None else "Ended",
            began_ms=record.created_ms,
            seconds=(self.clock.unix_ms() - record.created_ms) / 1000,
            reason=reason,
            figures=self.counts.with_earlier({}),
            health=self.monitor.figures(),
            recording=decode(self._box.encode()),
        )


class Stage:
    """The calls that can be found."""

    def __init__(self) -> None:
        self.stories: dict[CallId, Story] = {}
        self.trouble: Exception | None = None

    async def find(self, call_id: CallId) -> Story | None:
        if self.trouble is not None:
            raise self.trouble
        return self.stories.get(call_id)


def a_bad_call(clock: FakeClock) -> PlayedCall:
    """One that somebody would ask about: a caller who goes silent, frames that are lost, a fault at the carrier."""
    call = PlayedCall(clock, "CA7d3f0e5c9b1a4f6e8d2c0b9a7f5e3d1c")
    call.sets_up()
    call.goes_on(12, latency_ms=4)
    call.goes_on(9, QUIET, VOICE, latency_ms=4, queue_ms=380)
    for _ in range(3):
        call.happens(EventKind.DIGIT)
    call.goes_on(6, latency_ms=6)
    call.counts.gap_frames += 11
    call.goes_on(3, latency_ms=60)
    call.happens(EventKind.CARRIER_FAULT, "31903")
    call.goes_on(14, QUIET, VOICE, latency_ms=5, queue_ms=400)
    call.goes_on(8, latency_ms=4)
    return call
