"""Looks after calls that nobody looks after: keeps ours ours, and ends what was left behind."""

import asyncio

from gateway.bridge.closer import Closer
from gateway.bridge.office import Office
from gateway.bridge.switchboard import Switchboard
from gateway.calls import EndReason
from gateway.errors import StoreUnavailableError
from gateway.store.record import CallRecord, Outcome, Phase
from gateway.telemetry.logs import logger

_log = logger("reaper")

_ROUND_S = 2.0
"""Between looks: a fraction of the shortest time that a record may wait."""

_BATCH = 100
"""Calls looked after in a round; the rest wait for the next."""

_AT_ONCE = 10
"""Sessions ended at the same time, so that Kallglot is not overrun after an outage."""


class Reaper:
    """Goes round for one replica."""

    def __init__(self, office: Office, switchboard: Switchboard, closer: Closer) -> None:
        self._office = office
        self._switchboard = switchboard
        self._closer = closer

    async def run(self) -> None:
        """Go round until cancelled."""
        while True:
            try:
                await self.go_round()
            except StoreUnavailableError as exc:
                _log.warning("store_unavailable", detail=str(exc))
            await asyncio.sleep(_ROUND_S)

    async def go_round(self) -> None:
        """Renew the leases of our calls, then look after what is due.

        Raises:
            StoreUnavailableError: neither can be done now.
        """
        office = self._office
        now_ms = office.clock.unix_ms()
        ours = [relay.record.call_id for relay in self._switchboard.live()]
        lost = await office.ledger.renew(office.replica, ours, office.lifecycle.lease_due_ms(now_ms))
        for call_id in lost:
            # Claimed by another replica, or over: nothing of it is ours any more.
            self._switchboard.release(call_id)
        due = await office.ledger.due(now_ms, _BATCH)
        slots = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            for record in due:
                tasks.create_task(self._look_after(record, slots))

    async def _look_after(self, record: CallRecord, slots: asyncio.Semaphore) -> None:
        async with slots:
            match record.phase:
                case Phase.OPENING:
                    await self._end(record, Outcome.FAILURE, EndReason.KALLGLOT_UNAVAILABLE)
                case Phase.LIVE:
                    reason = record.end_reason or (
                        EndReason.MEDIA_MISSING if record.epoch == 0 else EndReason.MEDIA_LOST
                    )
                    await self._end(record, Outcome.AFTER, reason)
                case Phase.ENDING:
                    await self._closer.close(record)
                case Phase.ENDED:
                    await self._office.ledger.delete(record)

    async def _end(self, record: CallRecord, outcome: Outcome, reason: EndReason) -> None:
        _log.warning("call_left_behind", call_id=record.call_id, phase=record.phase, owner=record.owner, reason=reason)
        await self._closer.finish(record.call_id, outcome, reason, caller_gone=True, version=record.version)
