"""Calls that are over, as the store keeps them."""

from gateway.calls import CallId, Carrier, CarrierCallId, EndReason, SessionId
from gateway.store.history import PastCall
from gateway.telemetry.blackbox import BlackBox, EventKind
from gateway.telemetry.counts import CallCounts
from gateway.telemetry.health import CallHealth

BEGAN_MS = 1_700_000_000_000


def past_call(name: str = "1", *, reason: EndReason = EndReason.CALLER_HUNG_UP) -> PastCall:
    """One of nine seconds, with all there is to be kept."""
    box, counts = BlackBox(BEGAN_MS), CallCounts(frames_in=450, frames_out=80)
    health = CallHealth(counts, box, 0, BEGAN_MS)
    box.event(EventKind.WEBHOOK, BEGAN_MS)
    health.event(EventKind.MEDIA_STARTED, 300)
    health.heard(b"\xff" * 800, 1_000)
    health.said(b"\xff" * 800, 1_000)
    health.second(1_000)
    health.event(EventKind.END, 9_000, reason)
    return PastCall(
        call_id=CallId(f"call_{name}"),
        carrier=Carrier.TWILIO,
        carrier_call_id=CarrierCallId(f"CA{name}"),
        route="support",
        session_id=SessionId("sess_1"),
        created_ms=BEGAN_MS,
        epoch=1,
        box=box.encode(),
        ended_ms=BEGAN_MS + 9_000,
        end_reason=reason,
        resumed=1,
        figures={"frames_in": 450, "frames_out": 80},
        health=health.figures(),
        setup_ms={"media_start": 300},
    )
