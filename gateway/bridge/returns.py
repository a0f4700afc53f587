"""Why a caller comes back to a call that is still open. Sans-I/O."""

from gateway.calls import EndReason
from gateway.store.record import CallRecord
from gateway.telemetry.metrics import ResumeCause


def cause_of_return(record: CallRecord, replica: str) -> ResumeCause:
    """What its record says, seen from this replica; the record is as it was before the caller was let in again."""
    if record.ticket is not None and not record.ticket.used:
        return ResumeCause.NEVER_CONNECTED
    if record.end_reason is EndReason.DRAINED:
        return ResumeCause.DRAINED
    if record.end_reason is None and record.owner != replica:
        return ResumeCause.REPLICA_LOST
    return ResumeCause.SOCKET_LOST
