"""The calls that this replica carries: lets media sockets in, and sees each call off."""

import asyncio
from collections.abc import Iterator

from gateway.bridge import archive, tickets
from gateway.bridge.carrier_leg import Socket
from gateway.bridge.closer import Closer, Over
from gateway.bridge.events import CallOver, Ending, Finish, GiveUp
from gateway.bridge.expected import Expected
from gateway.bridge.grants import Grants
from gateway.bridge.office import Office
from gateway.bridge.relay import ENDS_SESSION, Relay, Terms
from gateway.bridge.session import CLOSE_INTERNAL
from gateway.bridge.snapshot import CallSnapshot, of_relay
from gateway.bridge.states import State
from gateway.bridge.summary import call_ended
from gateway.bridge.surroundings import Surroundings
from gateway.bridge.transcripts import Transcripts
from gateway.calls import CallId, Carrier, EndReason, TicketId
from gateway.carriers.base import MediaDialect
from gateway.errors import StoreUnavailableError, TicketError, TicketFault
from gateway.routing.routes import Mode
from gateway.routing.watch import RouteBook
from gateway.store.changes import change
from gateway.store.record import CallRecord, Change, Outcome, Phase
from gateway.telemetry.audio_metrics import NO_MODE
from gateway.telemetry.blackbox import BlackBox, EventKind
from gateway.telemetry.counts import CallCounts
from gateway.telemetry.logs import logger

_log = logger("switchboard")


_FIRST_EPOCH = 1
"""That of a call's first media socket."""

_BOXES = 256
"""Sockets that were let in may never be opened: their calls' recordings are in the store, too."""


class Switchboard:
    """One replica's live calls."""

    def __init__(
        self, office: Office, around: Surroundings, routes: RouteBook, closer: Closer, tasks: asyncio.TaskGroup
    ) -> None:
        self._office = office
        self._around = around
        self._routes = routes
        self._closer = closer
        self._tasks = tasks
        self._grants = Grants(office)
        self._relays: dict[CallId, Relay] = {}
        """By call, the one whose word counts."""
        self._carried: set[Relay] = set()
        """All that have not been seen off, those that lost their call to a newer socket among them."""
        self._hung_up: set[Relay] = set()
        """Those whose call is over, not only their socket: it ends with them also where a newer socket has it."""
        self._boxes: dict[CallId, BlackBox] = {}
        """Of calls that are resumed, between ticket and socket."""
        self.expected = Expected()
        """Calls that are about to be here."""
        self._ended_with: EndReason | None = None
        """Why every call ends, those that are still let in among them; None while they may go on."""
        for mode in Mode:
            around.metrics.audio.session_seconds.labels(mode)

    def __len__(self) -> int:
        return len(self._relays)

    def live(self) -> list[Relay]:
        """The calls as they are now."""
        return list(self._relays.values())

    def counts(self) -> Iterator[tuple[Carrier, CallCounts]]:
        """What is counted on each call."""
        for relay in self._carried:
            yield relay.record.carrier, relay.counts

    def snapshots(self) -> list[CallSnapshot]:
        """How each call is now, for whoever looks."""
        now_ms = self._office.clock.unix_ms()
        return [of_relay(relay, now_ms) for relay in self.live()]

    @property
    def transcripts(self) -> Transcripts:
        """What is understood on the calls as they go on."""
        return self._around.transcripts

    def find(self, call_id: CallId) -> Relay | None:
        """The call, if it is here."""
        return self._relays.get(call_id)

    async def redeem(self, ticket_id: TicketId, carrier: Carrier) -> CallRecord:
        """Use a ticket up.

        Raises:
            TicketError: it opens nothing.
            StoreUnavailableError: there is no telling.
        """
        now_ms = self._office.clock.unix_ms()

        def use(record: CallRecord) -> Change:
            used = tickets.redeem(record, ticket_id, carrier, now_ms)
            return self._office.lifecycle.attached(used, self._office.replica, now_ms)

        record = await change(self._office.ledger, tickets.call_of(ticket_id), use)
        if record is None:
            raise TicketError(TicketFault.UNKNOWN)
        if record.epoch > _FIRST_EPOCH:
            self._remember_box(record.call_id, self._box_here(record) or await archive.box_of(self._office, record))
        return record

    def connect(self, record: CallRecord, socket: Socket, dialect: MediaDialect) -> Relay:
        """Bridge the call whose media socket has just been accepted."""
        self.expected.remove(record.call_id)
        route = self._routes.named(record.route)
        issued_ms = record.ticket.expires_ms - self._office.lifecycle.policy.ticket_ttl_ms if record.ticket else 0
        waited_ms = max(0, self._office.clock.unix_ms() - issued_ms)
        terms = Terms(
            barge_in=route is not None and route.barge_in,
            waited_ms=waited_ms,
            mode=route.mode if route is not None else NO_MODE,
            box=self._box(record),
        )
        relay = Relay(record, self._grants.find, socket, dialect, self._around, terms)
        self._carried.add(relay)
        self._tasks.create_task(self._carry(relay))
        known = self._relays.get(record.call_id)
        if known is not None and known.record.epoch > record.epoch:
            # It was long on the way through the store: the carrier has given it up since, and come back.
            relay.handle(GiveUp(Ending.TAKEN_OVER, EndReason.MEDIA_LOST))
            return relay
        self.release(record.call_id)
        self._relays[record.call_id] = relay
        if self._ended_with is not None:
            relay.handle(GiveUp(Ending.FAILURE, self._ended_with))
        return relay

    def hang_up(self, call_id: CallId) -> bool:
        """The carrier says that this call is over; whether it was here.

        One that is just being written off is not: it may be about to be kept for a caller who comes back.
        """
        relay = self._relays.get(call_id)
        if relay is None or relay.state is State.CLOSED:
            return False
        self._hung_up.add(relay)
        relay.handle(CallOver())
        return True

    def release(self, call_id: CallId) -> Relay | None:
        """Let go of a call whose stream is gone or was claimed by another; what carried it, if it was here."""
        relay = self._relays.pop(call_id, None)
        if relay is not None:
            relay.handle(GiveUp(Ending.TAKEN_OVER, EndReason.MEDIA_LOST))
        return relay

    def end_all(self, reason: EndReason) -> None:
        """End every call that is here, or is still let in; callers are told."""
        self._ended_with = reason
        for relay in self.live():
            relay.handle(GiveUp(Ending.FAILURE, reason))

    async def _carry(self, relay: Relay) -> None:
        try:
            await self._see_off(relay, await self._run(relay))
        except Exception:  # noqa: BLE001 - the outer edge of a task: the record comes due, and the other calls go on
            _log.exception("call_not_seen_off", call_id=relay.record.call_id, carrier=relay.record.carrier)

    async def _run(self, relay: Relay) -> Finish:
        try:
            return await relay.run()
        except Exception:  # noqa: BLE001 - the outer edge of a task: a bug ends this call, not the others
            _log.exception("call_failed", call_id=relay.record.call_id, carrier=relay.record.carrier)
            return Finish(Ending.FAILURE, EndReason.INTERNAL_ERROR, CLOSE_INTERNAL)

    async def _see_off(self, relay: Relay, finish: Finish) -> None:
        ending: CallRecord | None = None
        try:
            ending = await self._write_off(relay, finish)
            if ending is None:
                await archive.shelve(self._office, relay)
        except StoreUnavailableError as exc:
            self._remember(relay, finish)
            _log.error("end_not_noted", call_id=relay.record.call_id, detail=str(exc))
        finally:
            # Only now: the carrier goes on with its document at once, and may ask another replica.
            relay.carrier.close(finish.close_code)
            self._forget(relay)
        if ending is not None:
            call_ended(self._office, ending, relay.figures(), relay.counts.dropped)
            # Before the record goes, as in `Closer.finish`.
            is_known = await archive.finish(self._office, ending, relay)
            await self._closer.close(ending, is_known=is_known)

    async def _write_off(self, relay: Relay, finish: Finish) -> CallRecord | None:
        """Write down what became of the call; its record, if the session has to be ended."""
        lifecycle = self._office.lifecycle

        def left(record: CallRecord) -> Change | None:
            # An older socket than ours has nobody: a store that failed over may have lost what came last.
            if record.phase is not Phase.LIVE or record.epoch > relay.record.epoch:
                return None
            alone = lifecycle.let_go(record, relay.next_sequence, relay.figures())
            return lifecycle.left(alone, finish.ending, finish.reason, self._office.clock.unix_ms())

        if finish.ending is Ending.TAKEN_OVER:
            return None
        written = await change(self._office.ledger, relay.record.call_id, left)
        written = written or await self._closer.write_anew(relay.record, left)
        if written is None and relay in self._hung_up:
            await self._closer.finish(relay.record.call_id, Outcome.AFTER, finish.reason, caller_gone=True)
        elif written is None and finish.ending is Ending.OVER:
            await self._closer.part(relay.record.call_id)
        return written if written is not None and written.phase is Phase.ENDING else None

    def _box(self, record: CallRecord) -> BlackBox:
        """Where the call's recording goes on."""
        if record.epoch <= _FIRST_EPOCH:
            return archive.first_box(self._office, record)
        box = self._boxes.pop(record.call_id, None) or archive.first_box(self._office, record)
        box.event(EventKind.RESUMED, self._office.clock.unix_ms())
        return box

    def _box_here(self, record: CallRecord) -> BlackBox | None:
        """The recording, where an earlier socket of the call has not been seen off yet."""
        call_id = record.call_id
        return next((relay.monitor.box for relay in self._carried if relay.record.call_id == call_id), None)

    def _remember_box(self, call_id: CallId, box: BlackBox) -> None:
        self._boxes[call_id] = box
        while len(self._boxes) > _BOXES:
            del self._boxes[next(iter(self._boxes))]

    def _remember(self, relay: Relay, finish: Finish) -> None:
        """The store was not told that the call is over; one whose caller may come back is told by that caller."""
        if finish.ending in ENDS_SESSION:
            outcome = Outcome.FAILURE if finish.ending is Ending.FAILURE else Outcome.AFTER
            gone = finish.ending is Ending.OVER
            known = self._office.lifecycle.let_go(relay.record, relay.next_sequence, relay.figures())
            epoch = None if relay in self._hung_up else known.epoch
            self._closer.remember(Over(known.call_id, outcome, finish.reason, gone, epoch, known))

    def _forget(self, relay: Relay) -> None:
        self._office.metrics.calls.finish(relay.record.carrier, relay.counts)
        self._carried.discard(relay)
        self._hung_up.discard(relay)
        if self._relays.get(relay.record.call_id) is relay:
            del self._relays[relay.record.call_id]
