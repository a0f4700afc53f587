"""The last that is said of a call: one log line, one count."""

from collections.abc import Mapping

from gateway.bridge.office import Office
from gateway.calls import FAULT_OF, Direction, EndReason, Fault
from gateway.errors import MessageFault
from gateway.store.record import CallRecord
from gateway.telemetry.counts import DropReason
from gateway.telemetry.logs import logger
from gateway.telemetry.metrics import CallResult

_log = logger("calls")


def call_ended(
    office: Office,
    record: CallRecord,
    figures: Mapping[str, int],
    dropped: Mapping[tuple[Direction, DropReason | MessageFault], int] | None = None,
) -> None:
    """Log and count a call's end; `dropped` is what its last socket lost, where that was ours."""
    reason = record.end_reason or EndReason.INTERNAL_ERROR
    seconds = (office.clock.unix_ms() - record.created_ms) / 1000
    result = CallResult.COMPLETED if FAULT_OF[reason] is Fault.NOBODY else CallResult.FAILED
    office.metrics.calls_total.labels(record.carrier, result, reason).inc()
    office.metrics.call_duration.observe(seconds)
    _log.info(
        "call_ended",
        call_id=record.call_id,
        carrier=record.carrier,
        carrier_call_id=record.carrier_call_id,
        session_id=record.session.session_id if record.session else None,
        route=record.route,
        reason=reason,
        fault=FAULT_OF[reason],
        seconds=round(seconds, 1),
        resumed=len(record.resumed_ms),
        dropped={f"{direction}_{why}": count for (direction, why), count in (dropped or {}).items()},
        **figures,
    )
