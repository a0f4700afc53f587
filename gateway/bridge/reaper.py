"""Looks after calls that nobody looks after: keeps ours ours, and ends what was left behind."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import assert_never

from gateway.bridge.closer import Closer, Over
from gateway.bridge.office import Office
from gateway.bridge.presence import Presence
from gateway.bridge.relay import Relay
from gateway.bridge.switchboard import Switchboard
from gateway.calls import CallId, EndReason
from gateway.errors import StoreUnavailableError
from gateway.store.record import CallRecord, Outcome, Phase
from gateway.telemetry.logs import logger
from gateway.telemetry.metrics import OrphanResult

_log = logger("reaper")

_ROUND_S = 2.0
"""Between looks: a fraction of the shortest time that a record may wait."""

_BATCH = 100
"""Calls looked after in a round; the rest wait for the next."""

_RENEWED_AT_ONCE = 100
_BREATH_S = 0.01
"""Between the renewals of so many calls: 2,000 in one piece keep this core, or the store's, from all else for 4 ms."""

_AT_ONCE = 10
"""Sessions ended at the same time, so that Kallglot is not overrun after an outage."""


class Reaper:
    """Goes round for one replica."""

    def __init__(self, office: Office, switchboard: Switchboard, closer: Closer, presence: Presence) -> None:
        self._office = office
        self._switchboard = switchboard
        self._closer = closer
        self._presence = presence
        self._patient_until_ms = 0

    async def run(self) -> None:
        """Go round until cancelled. What is slow to end holds up no renewal: a lease is short."""
        # The store may have been away until now: a replica that has just started cannot know.
        self._be_patient()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._repeat(self._renew_and_tell))
            tasks.create_task(self._repeat(self.look_round))

    async def _repeat(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except StoreUnavailableError as exc:
                _log.warning("store_unavailable", detail=str(exc))
                self._be_patient()
            await asyncio.sleep(_ROUND_S)

    def _be_patient(self) -> None:
        """Nobody could renew anything while the store was away: every replica gets the chance to do so first."""
        # By the clock that nobody sets: one that is set back would have patience last for hours.
        self._patient_until_ms = self._office.clock.now_ms() + self._office.lifecycle.policy.lease_ms

    async def go_round(self) -> None:
        """Renew the leases of our calls, then look after what is due.

        Raises:
            StoreUnavailableError: neither can be done now.
        """
        await self.renew()
        await self.look_round()

    async def _renew_and_tell(self) -> None:
        """Renew; operators hear whether that can be, also where nobody calls a gateway that is not ready."""
        store_up = self._office.metrics.store_up
        try:
            await self.renew()
        except StoreUnavailableError:
            store_up.set(0)
            raise
        store_up.set(1)

    async def renew(self) -> None:
        """Say that our calls are ours, and learn which are not.

        Raises:
            StoreUnavailableError: it cannot be said now.
        """
        await self._presence.renew(self._office.clock.unix_ms())
        live = self._switchboard.live()
        for start in range(0, max(1, len(live)), _RENEWED_AT_ONCE):  # also without calls: is the store there?
            if start:
                await asyncio.sleep(_BREATH_S)
            await self._renew(live[start : start + _RENEWED_AT_ONCE])

    async def _renew(self, relays: Sequence[Relay]) -> None:
        office, find = self._office, self._switchboard.find
        now_ms = office.clock.unix_ms()
        # What has ended or gone elsewhere since we began is due when whoever cares for it now has said.
        ours = {relay.record.call_id: relay for relay in relays if find(relay.record.call_id) is relay}
        renewal = await office.ledger.renew(office.replica, list(ours), office.lifecycle.lease_due_ms(now_ms))
        for call_id in renewal.taken:
            # One that came back to us while the store was asked is ours again.
            if find(call_id) is ours[call_id]:
                self._switchboard.release(call_id)
        for call_id in renewal.missing:
            await self._write_anew(call_id, now_ms)

    async def look_round(self) -> None:
        """End what could not be ended before, and what was left behind.

        Raises:
            StoreUnavailableError: there is no telling what that is.
        """
        office = self._office
        due = await office.ledger.due(office.clock.unix_ms(), _BATCH)
        is_patient = office.clock.now_ms() < self._patient_until_ms
        slots = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            for over in self._closer.take_unwritten():
                tasks.create_task(self._catch_up(over, slots))
            for record in due:
                # What is being ended already is nobody's to renew.
                if not is_patient or record.phase in (Phase.ENDING, Phase.ENDED):
                    tasks.create_task(self._look_after(record, slots))

    async def _write_anew(self, call_id: CallId, now_ms: int) -> None:
        """The store has lost a call that is live here: it must not be forgotten that its session is open."""
        relay = self._switchboard.find(call_id)
        if relay is None:
            return
        lifecycle, replica = self._office.lifecycle, self._office.replica
        known = lifecycle.let_go(relay.record, relay.next_sequence, relay.figures())
        await self._closer.write_anew(known, lambda record: lifecycle.attached(record, replica, now_ms))

    async def _catch_up(self, over: Over, slots: asyncio.Semaphore) -> None:
        async with slots:
            try:
                await self._closer.finish(
                    over.call_id,
                    over.outcome,
                    over.reason,
                    caller_gone=over.caller_gone,
                    epoch=over.epoch,
                    known=over.known,
                )
            except StoreUnavailableError:
                self._closer.remember(over)
            except Exception:  # noqa: BLE001 - the outer edge of a task, as below
                _log.exception("not_looked_after", call_id=over.call_id)

    async def _look_after(self, record: CallRecord, slots: asyncio.Semaphore) -> None:
        async with slots:
            try:
                await self._see_off(record)
            except StoreUnavailableError as exc:
                # It is still due, and comes up in the next round.
                _log.warning("end_not_noted", call_id=record.call_id, detail=str(exc))
            except Exception:  # noqa: BLE001 - the outer edge of a task: one call's trouble must not end the rounds
                _log.exception("not_looked_after", call_id=record.call_id)

    async def _see_off(self, record: CallRecord) -> None:
        match record.phase:
            case Phase.OPENING:
                await self._end(record, Outcome.FAILURE, EndReason.KALLGLOT_UNAVAILABLE)
            case Phase.LIVE:
                if self._is_here(record):
                    return  # the machine's clock was set ahead, and its lease is about to be renewed by that
                reason = record.end_reason or (EndReason.MEDIA_MISSING if record.epoch == 0 else EndReason.MEDIA_LOST)
                await self._end(record, Outcome.AFTER, reason)
            case Phase.ENDING:
                await self._closer.close(record)
            case Phase.ENDED:
                await self._office.ledger.delete(record)
            case _:
                assert_never(record.phase)

    def _is_here(self, record: CallRecord) -> bool:
        relay = self._switchboard.find(record.call_id)
        return relay is not None and relay.record.epoch == record.epoch

    async def _end(self, record: CallRecord, outcome: Outcome, reason: EndReason) -> None:
        _log.warning("call_left_behind", call_id=record.call_id, phase=record.phase, owner=record.owner, reason=reason)
        confirmed = await self._closer.finish(record.call_id, outcome, reason, caller_gone=True, version=record.version)
        if confirmed is not None:
            result = OrphanResult.ENDED if confirmed else OrphanResult.DEFERRED
            self._office.metrics.sessions_orphaned.labels(result).inc()
