import re
from collections.abc import AsyncIterator, Iterator, Set
from enum import StrEnum
from importlib.metadata import version

import pytest
from msgspec import structs
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.samples import Sample

from gateway.bridge.kallglot_leg import KallglotLeg, Listening
from gateway.bridge.setup import Setup
from gateway.bridge.summary import call_ended
from gateway.calls import Carrier, Direction, EndReason
from gateway.errors import MessageFault, SignatureFault, TicketFault
from gateway.kallglot.api import NO_ANSWER, Operation
from gateway.kallglot.messages import MESSAGE_TYPES
from gateway.telemetry.carrier_codes import CARRIER_CODES
from gateway.telemetry.counts import CallCounts, DropReason
from gateway.telemetry.metrics import (
    KALLGLOT_CODES,
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
    code_label,
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
    "cause": _words(EndReason, FallbackCause, ResumeCause),
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
    return [metric for metric in vars(desk.office.metrics).values() if isinstance(metric, MetricWrapperBase)]


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
    setup = Setup(0, 0, metrics)
    setup.media_started(1)
    setup.session_ready(2)
    setup.audio_sent(3)


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


async def test_every_metric_is_named_as_prometheus_would_have_it(desk: Desk) -> None:
    """Our prefix, lower case, base units, a help text."""
    for family in desk.registry.collect():
        assert re.fullmatch(r"gateway_[a-z0-9_]+", family.name)
        assert not re.search(r"_(ms|milliseconds|minutes|kb|percent)(_|$)", family.name)
        assert family.documentation.endswith(".")


@pytest.mark.parametrize("code", sorted(KALLGLOT_CODES))
def test_known_codes_are_labels(code: str) -> None:
    assert code_label(code) == code


@pytest.mark.parametrize("code", ["", "http_418", HOSTILE])
def test_other_codes_are_one_label(code: str) -> None:
    assert code_label(code) == "other"


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
