from collections.abc import Sequence

import pytest
from prometheus_client import CollectorRegistry

from gateway.bridge.chunks import Chunk
from gateway.bridge.monitor import CallMonitor
from gateway.bridge.surroundings import BridgePolicy, Surroundings
from gateway.bridge.wheel import Wheel
from gateway.calls import Carrier, Direction
from gateway.telemetry.blackbox import BlackBox, EventKind, decode
from gateway.telemetry.counts import CallCounts
from gateway.telemetry.detectors import Flag
from gateway.telemetry.metrics import Metrics
from tests.fakes.clock import FakeClock
from tests.telemetry.sounds import SILENCE, pieces, speech, ulaw

VOICE = pieces(ulaw(speech()))
QUIET = [SILENCE]


class Call:
    """A call that is fed with sound for both directions, 100 ms at a time."""

    def __init__(self, *, quality: bool = True, box: BlackBox | None = None) -> None:
        self.clock, self.counts, self.registry = FakeClock(), CallCounts(), CollectorRegistry()
        metrics = Metrics(self.registry, lambda: ())
        around = Surroundings(self.clock, Wheel(self.clock), metrics, BridgePolicy(quality=quality))
        self.box = box or BlackBox(self.clock.unix_ms())
        self.monitor = CallMonitor(self.counts, self.box, around, Carrier.TELNYX, "ai_agent")

    def goes_on(
        self, heard: Sequence[bytes], said: Sequence[bytes], seconds: int, *, queue_ms: int = 0, is_ready: bool = True
    ) -> None:
        for number in range(10 * seconds):
            now_ms = self.clock.advance(100)
            if heard:
                self.monitor.heard([Chunk(now_ms - 100, heard[number % len(heard)])], now_ms)
                self.counts.frames_in += 5
                if self.monitor.jitter is not None:
                    self.monitor.jitter.arrived(now_ms, now_ms)
            if said:
                self.monitor.said(said[number % len(said)], now_ms)
            if now_ms >= self.monitor.due_ms:
                self.monitor.second(now_ms, queue_ms, is_ready=is_ready)

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(f"gateway_{name}", labels)

    @property
    def events(self) -> list[EventKind]:
        return [event.kind for event in decode(self.box.encode()).events]


def test_a_live_call_is_scored_both_ways_before_it_is_over() -> None:
    """Every ten seconds, and at its end: an alert need not wait for a long call."""
    call = Call()
    call.goes_on(VOICE, VOICE, 9)
    assert call.value("call_mos_count", carrier="telnyx", direction="in") == 0
    call.goes_on(VOICE, VOICE, 1)
    for direction in Direction:
        assert call.value("call_mos_count", carrier="telnyx", direction=direction) == 1
        assert call.value("call_mos_bucket", carrier="telnyx", direction=direction, le="4.3") == 0
        assert call.value("call_r_factor_bucket", carrier="telnyx", direction=direction, le="92.0") == 0
    call.monitor.close(call.clock.now_ms())
    assert call.value("call_mos_count", carrier="telnyx", direction="in") == 2


def test_a_call_without_audio_has_no_score() -> None:
    call = Call()
    call.monitor.close(call.clock.now_ms())
    assert call.value("call_mos_count", carrier="telnyx", direction="in") == 0


def test_a_one_way_call_is_one_call_however_often_it_happens() -> None:
    call = Call()
    for _ in range(2):
        call.goes_on(QUIET, VOICE, 14)
        call.goes_on(VOICE, VOICE, 3)
    assert call.value("one_way_calls_total", direction="in") == 1
    assert call.value("call_flags_total", flag="one_way") == 2
    assert call.value("one_way_calls_total", direction="out") == 0


def test_a_one_way_call_is_one_call_on_however_many_sockets() -> None:
    """One caller on mute who is moved from replica to replica must not look like three."""
    call = Call()
    call.goes_on(QUIET, VOICE, 14)
    again = Call(box=BlackBox.resumed(call.box.encode()))
    again.goes_on(QUIET, VOICE, 14)
    assert (call.value("one_way_calls_total", direction="in"), again.value("one_way_calls_total", direction="in")) == (
        1,
        0,
    )
    assert again.value("call_flags_total", flag="one_way") == 1


def test_comfort_silence_is_no_one_way_call() -> None:
    """Kallglot is away, and the caller speaks into it."""
    call = Call()
    call.goes_on(VOICE, QUIET, 14, is_ready=False)
    assert call.value("one_way_calls_total", direction="out") == 0


@pytest.mark.parametrize(
    ("before", "is_ready", "cause"),
    [
        (([], []), True, "nobody_spoke"),
        ((VOICE, []), True, "unanswered"),
        (([], VOICE), True, "caller_quiet"),
        ((VOICE, VOICE), False, "stream_away"),
    ],
)
def test_dead_air_is_told_apart_by_whose_turn_it_was(
    before: tuple[Sequence[bytes], Sequence[bytes]], is_ready: bool, cause: str
) -> None:
    call = Call()
    call.goes_on(*before, 4)
    call.goes_on(QUIET, [], 10, is_ready=is_ready)
    assert call.value("dead_air_events_total", cause=cause) == 1


def test_what_is_wrong_now_is_told_in_everybody_s_time() -> None:
    call = Call()
    call.goes_on(VOICE, [], 4)
    began_ms = call.clock.unix_ms()
    call.goes_on(QUIET, [], 9)
    figures = call.monitor.figures()
    assert figures is not None
    assert [(flag.flag, flag.start_ms) for flag in figures.flags] == [(Flag.DEAD_AIR, began_ms)]


def test_whether_anything_is_wrong_is_told_without_the_figures() -> None:
    """Asked of every call once a second, by whoever looks for those that are not well."""
    followed, unfollowed = Call(), Call(quality=False)
    for call in (followed, unfollowed):
        assert not call.monitor.is_flagged
        call.goes_on(QUIET, [], 9)
    assert (followed.monitor.is_flagged, unfollowed.monitor.is_flagged) == (True, False)


def test_what_passes_is_timed_and_the_longest_of_a_second_is_kept() -> None:
    call = Call()
    since_us = call.clock.now_us()
    call.clock.advance(7)
    call.monitor.relayed(Direction.IN, since_us)
    call.monitor.relayed(Direction.IN, call.clock.now_us())
    call.monitor.paced(30)
    call.monitor.marked(450)
    call.goes_on(VOICE, [], 2, queue_ms=300)
    assert call.value("relay_latency_seconds_sum", direction="in") == 0.007
    assert call.value("pacer_lateness_seconds_bucket", le="0.03") == 1
    assert call.value("mark_lateness_seconds_sum", carrier="telnyx") == 0.45
    assert call.value("playout_queue_seconds_sum") == 0.6
    assert call.value("media_interarrival_jitter_seconds_count", carrier="telnyx") == 2
    assert [second.latency_ms for second in decode(call.box.encode()).seconds] == [7, 0]


def test_time_on_a_session_is_counted_while_it_passes() -> None:
    """Not at the call's end alone: it costs money now."""
    call = Call()
    call.goes_on(VOICE, [], 3)
    assert call.value("session_seconds_total", mode="ai_agent") == 3
    call.monitor.close(call.clock.advance(500))
    assert call.value("session_seconds_total", mode="ai_agent") == 3.5


def test_switched_off_there_are_events_and_no_figures() -> None:
    call = Call(quality=False)
    assert call.monitor.jitter is None
    call.goes_on(VOICE, VOICE, 11)
    call.monitor.close(call.clock.now_ms())
    assert call.monitor.figures() is None
    assert call.value("call_mos_count", carrier="telnyx", direction="in") == 0
    assert call.value("session_seconds_total", mode="ai_agent") == 11
    assert call.events == [EventKind.FIRST_AUDIO_IN, EventKind.FIRST_AUDIO_OUT]
    assert decode(call.box.encode()).seconds == []
