"""Keeps what happened to calls: between a call's sockets, and for whoever asks after its end.

A store that is away costs the recording, never the call: nothing here raises because of it.
"""

from msgspec import structs

from gateway.bridge.office import Office
from gateway.bridge.relay import Relay
from gateway.calls import CallId, EndReason
from gateway.errors import RecordingError, StoreUnavailableError
from gateway.store.history import PastCall
from gateway.store.record import CallRecord
from gateway.telemetry.blackbox import BlackBox, EventKind, word
from gateway.telemetry.logs import logger

_log = logger("archive")


def first_box(office: Office, record: CallRecord) -> BlackBox:
    """A recording that begins with what the call's record tells."""
    box = BlackBox(record.created_ms)
    box.event(EventKind.WEBHOOK, record.created_ms)
    if record.session is not None and record.ticket is not None:
        box.event(EventKind.SESSION_CREATED, record.ticket.expires_ms - office.lifecycle.policy.ticket_ttl_ms)
    return box


async def box_of(office: Office, record: CallRecord) -> BlackBox:
    """The call's recording so far, by whichever replica; a new one where there is none."""
    past = await _recall(office, record.call_id)
    return _opened(past) or first_box(office, record)


async def shelve(office: Office, relay: Relay) -> None:
    """The call has left its socket, and may go on with another one; or somebody else has ended it already."""
    past = await _recall(office, relay.record.call_id)
    if past is not None and past.epoch > relay.record.epoch:
        return
    mine = _past(relay.record, relay.monitor.box, relay)
    if past is not None and past.end_reason is not None and past.ended_ms:
        relay.monitor.box.event(EventKind.END, past.ended_ms, past.end_reason)
        mine = structs.replace(mine, box=relay.monitor.box.encode(), ended_ms=past.ended_ms, end_reason=past.end_reason)
    await _keep(office, mine)


async def finish(office: Office, record: CallRecord, relay: Relay) -> bool:
    """The call is over, and ended here. Whether others can know it now."""
    return await _finish(office, record, relay.monitor.box, relay)


async def finish_unseen(office: Office, record: CallRecord, code: str = "") -> bool:
    """The call is over, and no socket of it was here; `code` is what Kallglot said, where that is why.

    Whether others can know it now.
    """
    box = await box_of(office, record)
    if code:
        refused = record.end_reason is EndReason.SESSION_REFUSED
        kind = EventKind.SESSION_REFUSED if refused else EventKind.KALLGLOT_ERROR
        box.event(kind, office.clock.unix_ms(), word(code))
    return await _finish(office, record, box, None)


async def finish_again(office: Office, record: CallRecord) -> bool:
    """The call is over, and the store may have missed it. Whether others can know it now."""
    past = await _recall(office, record.call_id)
    return bool(past is not None and past.ended_ms) or await finish_unseen(office, record)


async def add(office: Office, call_id: CallId, kind: EventKind, detail: str) -> None:
    """Something was learnt of a call that is not here."""
    try:
        past = await office.ledger.recall(call_id, office.clock.unix_ms())
        record = await office.ledger.get(call_id) if past is None else None
    except StoreUnavailableError as exc:
        _log.warning("call_not_kept", call_id=call_id, detail=str(exc))
        return
    box = _opened(past)
    if past is None and record is not None:
        box = first_box(office, record)
        past = _past(record, box, None)
    if past is not None and box is not None:
        box.event(kind, office.clock.unix_ms(), detail)
        await _keep(office, structs.replace(past, box=box.encode()))


async def _finish(office: Office, record: CallRecord, box: BlackBox, relay: Relay | None) -> bool:
    now_ms = office.clock.unix_ms()
    reason = record.end_reason or EndReason.INTERNAL_ERROR
    box.event(EventKind.END, now_ms, reason)
    return await _keep(office, structs.replace(_past(record, box, relay), ended_ms=now_ms, end_reason=reason))


def _past(record: CallRecord, box: BlackBox, relay: Relay | None) -> PastCall:
    return PastCall(
        call_id=record.call_id,
        carrier=record.carrier,
        carrier_call_id=record.carrier_call_id,
        route=record.route,
        session_id=record.session.session_id if record.session is not None else None,
        created_ms=record.created_ms,
        epoch=record.epoch,
        box=box.encode(),
        resumed=len(record.resumed_ms),
        figures=relay.figures() if relay is not None else record.figures,
        health=relay.monitor.figures() if relay is not None else None,
        setup_ms={str(stage): ms for stage, ms in relay.setup_ms.items()} if relay is not None else {},
    )


def _opened(past: PastCall | None) -> BlackBox | None:
    try:
        return BlackBox.resumed(past.box) if past is not None else None
    except RecordingError as exc:
        _log.warning("recording_unreadable", detail=str(exc))
        return None


async def _recall(office: Office, call_id: CallId) -> PastCall | None:
    try:
        return await office.ledger.recall(call_id, office.clock.unix_ms())
    except StoreUnavailableError as exc:
        _log.warning("call_not_recalled", call_id=call_id, detail=str(exc))
        return None


async def _keep(office: Office, past: PastCall) -> bool:
    policy = office.lifecycle.policy
    # A caller who was cut off may come back for as long as the session is kept.
    least_ms = policy.window_ms + policy.ticket_ttl_ms
    keep_ms = policy.keep_ms if past.ended_ms else max(policy.keep_ms, least_ms)
    if not keep_ms:
        # That it is over has to be known for a while all the same: a replica that still has a socket of it would take
        # it for a call that the store has lost.
        past = structs.replace(past, box=BlackBox(past.created_ms).encode(), figures={}, health=None, setup_ms={})
        keep_ms = least_ms
    try:
        await office.ledger.keep(past, office.clock.unix_ms(), keep_ms)
    except StoreUnavailableError as exc:
        _log.warning("call_not_kept", call_id=past.call_id, detail=str(exc))
        return False
    return True
