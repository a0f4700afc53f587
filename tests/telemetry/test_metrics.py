import re
import shutil
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import AsyncIterator, Iterator, Set
from enum import StrEnum
from importlib.metadata import version

import pytest
from msgspec import structs
from prometheus_client import generate_latest
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.samples import Sample

from gateway.bridge.chunks import Chunk
from gateway.bridge.kallglot_leg import KallglotLeg, Listening
from gateway.bridge.monitor import CallMonitor
from gateway.bridge.setup import Setup
from gateway.bridge.summary import call_ended
from gateway.bridge.surroundings import BridgePolicy, Surroundings
from gateway.bridge.wheel import Wheel
from gateway.calls import Carrier, Direction, EndReason
from gateway.errors import MessageFault, SignatureFault, TicketFault
from gateway.kallglot.api import NO_ANSWER, Operation
from gateway.kallglot.messages import MESSAGE_TYPES
from gateway.routing.routes import Mode
from gateway.telemetry.audio_metrics import NO_MODE, ClearCause, DeadAirCause, Speaker
from gateway.telemetry.blackbox import BlackBox, EventKind
from gateway.telemetry.carrier_codes import CARRIER_CODES
from gateway.telemetry.counts import CallCounts, DropReason
from gateway.telemetry.detectors import Flag
from gateway.telemetry.kallglot_codes import KALLGLOT_CODES, code_label
from gateway.telemetry.metrics import (
    CallResult,
    FallbackCause,
    Handover,
    MediaAuth,
    OrphanResult,
    Reconnect,
    ResumeCause,
    ResumeResult,
    Side,
    Stage,
    WebhookKind,
    WebhookResult,
)
from tests.bridge.desk import Desk, open_desk
from tests.bridge.far_end import Ears
from tests.bridge.records import live

HOSTILE = 'call_1 "+14155551234" kst_live_x\n'
"""What must never be a label."""


def _words(*enums: type[StrEnum]) -> Set[str]:
    return {str(word) for enum in enums for word in enum}


LABELS: dict[str, Set[str]] = {
    "carrier": {*_words(Carrier), "kallglot"},
    "direction": _words(Direction),
    "result": {
        *_words(WebhookResult, CallResult, MediaAuth, TicketFault, Handover, Reconnect, ResumeResult, OrphanResult),
        "played",
        "cleared",
        "store_unavailable",
    },
    "reason": {*_words(EndReason, DropReason, MessageFault, SignatureFault), "body"},
    "cause": _words(EndReason, FallbackCause, ResumeCause, ClearCause, DeadAirCause),
    "flag": _words(Flag),
    "speaker": _words(Speaker),
    "mode": {*_words(Mode), NO_MODE},
    "stage": _words(Stage),
    "kind": _words(WebhookKind),
    "side": _words(Side),
    "operation": _words(Operation),
    "status": {NO_ANSWER, *(str(status) for status in range(100, 600))},
    "type": {*MESSAGE_TYPES, "unknown", "binary"},
    "code": {*KALLGLOT_CODES, *CARRIER_CODES, "other"},
    "version": {version("kallglot-gateway")},
}
"""Every label there is, and every value it may have."""

PROMISED: dict[str, Set[str]] = {
    "gateway_" + name: set(labels.split())
    for name, labels in {
        "calls_active": "carrier",
        "calls_total": "carrier result reason",
        "call_duration_seconds": "",
        "webhooks_total": "carrier kind result",
        "webhook_duration_seconds": "carrier kind",
        "callback_delay_seconds": "carrier kind",
        "webhook_rejects_total": "carrier reason",
        "media_auth_total": "carrier result",
        "setup_stage_seconds": "stage",
        "media_frames_total": "carrier direction",
        "media_bytes_total": "carrier direction",
        "media_frames_dropped_total": "direction reason",
        "media_gap_frames_total": "carrier",
        "media_reordered_frames_total": "carrier",
        "media_duplicate_frames_total": "carrier",
        "media_late_frames_total": "carrier",
        "media_odd_frames_total": "carrier",
        "media_interarrival_jitter_seconds": "carrier",
        "media_stalls_total": "carrier",
        "relay_latency_seconds": "direction",
        "pacer_lateness_seconds": "",
        "mark_lateness_seconds": "carrier",
        "playout_underruns_total": "",
        "playout_queue_seconds": "",
        "concealed_seconds_total": "direction",
        "clears_total": "cause",
        "marks_total": "result",
        "dtmf_total": "carrier",
        "call_mos": "carrier direction",
        "call_r_factor": "carrier direction",
        "call_flags_total": "flag",
        "one_way_calls_total": "direction",
        "dead_air_events_total": "cause",
        "kallglot_request_duration_seconds": "operation status",
        "kallglot_stream_connect_seconds": "",
        "kallglot_stream_reconnects_total": "result",
        "kallglot_stream_messages_total": "type",
        "kallglot_errors_total": "code",
        "transcript_turns_total": "speaker",
        "session_seconds_total": "mode",
        "sessions_orphaned_total": "result",
        "calls_resumed_total": "cause result",
        "fallbacks_total": "cause",
        "carrier_stream_errors_total": "carrier code",
        "event_loop_lag_seconds": "",
        "admission_state": "",
        "capacity_calls": "",
        "draining": "",
        "drain_handovers_total": "result",
        "open_websockets": "side",
        "routes_reload_failures_total": "",
        "build_info": "version",
    }.items()
}
"""Every metric that operators were promised, and its labels."""

OURS_OF_PROMETHEUS = {"le"}
"""The bounds of a histogram's buckets."""


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with open_desk() as opened:
        yield opened


def _samples(desk: Desk) -> Iterator[Sample]:
    for family in desk.registry.collect():
        yield from family.samples


def _declared(desk: Desk) -> list[MetricWrapperBase]:
    metrics = desk.office.metrics
    every = [*vars(metrics).values(), *vars(metrics.audio).values()]
    return [metric for metric in every if isinstance(metric, MetricWrapperBase)]


async def _live_through_a_lot(desk: Desk) -> None:
    """Everything that turns what others say into a label, told the worst."""
    metrics = desk.office.metrics
    counts = CallCounts()
    for direction in Direction:
        for reason in (*DropReason, *MessageFault):
            counts.dropped[direction, reason] += 1
    counts.carrier_faults[HOSTILE] += 1
    for carrier in Carrier:
        metrics.calls.finish(carrier, counts)
        metrics.calls.stream_failed(carrier, HOSTILE)
        for end in EndReason:
            call_ended(desk.office, structs.replace(live(carrier=carrier), end_reason=end), {})
    leg = KallglotLeg(Ears(), Listening("customer", 20_000, frozenset()), counts, metrics)
    quoted = HOSTILE.replace('"', "").strip().encode()
    for kind in (*(known.encode() for known in MESSAGE_TYPES), quoted):
        leg.stream_message(b'{"type":"%b","code":"%b","text":"","audio":{"payload":""}}' % (kind, quoted))
    leg.stream_binary(1)
    desk.kallglot.code = HOSTILE
    for status in (200, 404, 429, 503):
        desk.kallglot.statuses["end"] = status
        await _end_quietly(desk)
    _speak_of_it(desk)
    setup = Setup(0, 0, metrics)
    setup.media_started(1)
    setup.session_ready(2)
    setup.audio_sent(3)


def _speak_of_it(desk: Desk) -> None:
    """A call whose peers say the worst, in every way that is counted."""
    clock, metrics = desk.clock, desk.office.metrics
    around = Surroundings(clock, Wheel(clock), metrics, BridgePolicy())
    for mode in (*Mode, NO_MODE):
        monitor = CallMonitor(CallCounts(), BlackBox(clock.unix_ms()), around, Carrier.TWILIO, mode)
        monitor.note(EventKind.CARRIER_FAULT, HOSTILE)
        for _ in range(20):
            monitor.heard([Chunk(0, b"\xff" * 8_000)], clock.advance(1_000))
            monitor.second(clock.now_ms(), 0, is_ready=True)
        monitor.close(clock.now_ms())


async def _end_quietly(desk: Desk) -> None:
    session = live().session
    assert session is not None
    try:
        await desk.office.api.end(session.session_id)
    except Exception as exc:  # noqa: BLE001 - whatever it is, it has been counted
        desk.office.metrics.kallglot_errors.labels(code_label(str(exc))).inc()


async def test_no_label_is_made_of_what_others_say(desk: Desk) -> None:
    """After the worst day there is no label, and no value of one, that is not listed here."""
    await _live_through_a_lot(desk)
    unlisted = {
        (sample.name, label, value)
        for sample in _samples(desk)
        for label, value in sample.labels.items()
        if label not in OURS_OF_PROMETHEUS and value not in LABELS.get(label, ())
    }
    assert unlisted == set()


async def test_every_declared_label_is_listed(desk: Desk) -> None:
    """Those that nothing has been counted under yet, too: none of them is an id."""
    names = {name for metric in _declared(desk) for name in metric._labelnames}
    assert names <= set(LABELS)


async def test_every_promised_metric_is_there_with_its_labels(desk: Desk) -> None:
    """Dashboards and alerts are built on these names, and on no other labels."""
    await _live_through_a_lot(desk)
    there: dict[str, Set[str]] = {metric._name: set(metric._labelnames) for metric in _declared(desk)}
    for family in desk.registry.collect():
        for sample in family.samples:
            there.setdefault(family.name, sample.labels.keys() - OURS_OF_PROMETHEUS)
    assert {name: there.get(name.removesuffix("_total")) for name in PROMISED} == PROMISED


PROMTOOL = shutil.which("promtool")


@pytest.mark.skipif(PROMTOOL is None, reason="Prometheus' promtool is not installed")
async def test_promtool_finds_nothing_to_complain_of(desk: Desk) -> None:
    await _live_through_a_lot(desk)
    process = await create_subprocess_exec(str(PROMTOOL), "check", "metrics", stdin=PIPE, stdout=PIPE, stderr=PIPE)
    said = await process.communicate(generate_latest(desk.registry))
    assert (process.returncode, *said) == (0, b"", b"")


async def test_every_metric_is_named_as_prometheus_would_have_it(desk: Desk) -> None:
    """Our prefix, lower case, base units, a help text."""
    for family in desk.registry.collect():
        assert re.fullmatch(r"gateway_[a-z0-9_]+", family.name)
        assert not re.search(r"_(ms|milliseconds|minutes|kb|percent)(_|$)", family.name)
        assert family.documentation.endswith(".")


async def test_every_attempt_to_ask_kallglot_is_observed(desk: Desk) -> None:
    desk.office.metrics.request_observed("end", "503", 0.25)
    assert desk.value("gateway_kallglot_request_duration_seconds_sum", operation="end", status="503") == 0.25


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("gateway_webhooks_total", {"carrier": "telnyx", "kind": "voice", "result": "connected"}),
        ("gateway_kallglot_errors_total", {"code": "insufficient_api_credits"}),
        ("gateway_kallglot_errors_total", {"code": "other"}),
        ("gateway_kallglot_stream_reconnects_total", {"result": "given_up"}),
        ("gateway_drain_handovers_total", {"result": "cut"}),
        ("gateway_sessions_orphaned_total", {"result": "lost"}),
        ("gateway_fallbacks_total", {"cause": "store_unavailable"}),
        ("gateway_fallbacks_total", {"cause": "drained"}),
    ],
)
async def test_what_alerts_watch_for_begins_at_zero(desk: Desk, name: str, labels: dict[str, str]) -> None:
    """The first time is an increase to Prometheus, and pages somebody."""
    assert desk.value(name, **labels) == 0


async def test_the_version_that_runs_is_told(desk: Desk) -> None:
    assert desk.value("gateway_build_info", version=version("kallglot-gateway")) == 1
