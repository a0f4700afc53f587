"""The last that is said of a call: one log line, one count."""

from gateway.bridge.office import Office
from gateway.calls import FAULT_OF, EndReason, Fault
from gateway.store.record import CallRecord
from gateway.telemetry.counts import CallCounts
from gateway.telemetry.logs import logger
from gateway.telemetry.metrics import CallResult

_log = logger("calls")


def call_ended(office: Office, record: CallRecord, counts: CallCounts | None) -> None:
    """Log and count a call's end; `counts` is None where no media socket of it was ours."""
    reason = record.end_reason or EndReason.INTERNAL_ERROR
    seconds = (office.clock.unix_ms() - record.created_ms) / 1000
    result = CallResult.COMPLETED if FAULT_OF[reason] is Fault.NOBODY else CallResult.FAILED
    office.metrics.calls_total.labels(record.carrier, result, reason).inc()
    office.metrics.call_duration.observe(seconds)
    figures = _figures(counts) if counts is not None else {}
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
        **figures,
    )


def _figures(counts: CallCounts) -> dict[str, object]:
    return {
        "frames_in": counts.frames_in,
        "frames_out": counts.frames_out,
        "chunks_out": counts.chunks_out,
        "outputs_in": counts.outputs_in,
        "heard_ms": counts.heard_ms,
        "gap_frames": counts.gap_frames,
        "reordered": counts.reordered,
        "concealed_ms": counts.concealed_ms,
        "underruns": counts.underruns,
        "digits": counts.digits,
        "dropped": {f"{direction}_{why}": count for (direction, why), count in counts.dropped.items()},
    }
