"""Answers carriers' webhooks: new callers, callers who come back, callers to be sent on."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, assert_never

import msgspec

from gateway.bridge import answers, archive, tickets
from gateway.bridge.addresses import PublicAddresses
from gateway.bridge.admission import Admission
from gateway.bridge.answers import Answer
from gateway.bridge.closer import Closer, Over
from gateway.bridge.grants import Grants
from gateway.bridge.office import Office
from gateway.bridge.returns import cause_of_return
from gateway.bridge.switchboard import Switchboard
from gateway.calls import CallId, EndReason, IncomingCall, Say
from gateway.errors import KallglotError, KallglotUnavailableError, StoreUnavailableError
from gateway.kallglot.refusals import is_refusal
from gateway.routing.body import session_body
from gateway.routing.routes import Route, gone
from gateway.routing.watch import RouteBook
from gateway.store.changes import change
from gateway.store.record import CallRecord, Change, Outcome, Phase, Session, Ticket
from gateway.telemetry.blackbox import EventKind, carrier_code
from gateway.telemetry.logs import logger
from gateway.telemetry.metrics import (
    AdmissionState,
    FallbackCause,
    ResumeResult,
    WebhookResult,
)

_log = logger("reception")

_STALE_MS = 8_000
"""Kallglot's budget and some: a call that has been opening for longer lost the replica that opened it."""

_LOOK_AGAIN_S = 0.05
"""While another replica opens a call."""

_STORE_PATIENCE_S = 6.0
"""For the store to come back while a caller waits. The last attempt may take seconds more, and carriers wait 15 s."""

_TRY_AGAIN_S = 0.1
"""While the store is away."""


_Step = Callable[[CallRecord, int], Change | None]
"""A record, and the Unix ms: what becomes of it."""


@dataclass(frozen=True, slots=True)
class ReceptionPolicy:
    """What callers are told, and where carriers find us."""

    addresses: PublicAddresses
    refusal: Say | None = None
    """Said when no route answers or there is no room; None for the carrier's own tone."""


class Reception:
    """The voice, continue and fallback webhooks of one replica."""

    def __init__(
        self,
        office: Office,
        routes: RouteBook,
        switchboard: Switchboard,
        closer: Closer,
        tasks: asyncio.TaskGroup,
        policy: ReceptionPolicy,
        admission: Admission,
    ) -> None:
        self._office = office
        self._routes = routes
        self._switchboard = switchboard
        self._closer = closer
        self._tasks = tasks
        self._policy = policy
        self._grants = Grants(office)
        self._admission = admission
        self._arriving: dict[CallId, asyncio.Task[Answer]] = {}

    async def arrive(self, call: IncomingCall) -> Answer:
        """A caller, perhaps told of twice: one session, one document.

        The work is done by a task of its own: a carrier that hangs up on the webhook must not leave a session behind.
        """
        task = self._arriving.get(call.call_id)
        if task is None:
            task = self._tasks.create_task(self._arrive(call))
            self._arriving[call.call_id] = task
            task.add_done_callback(lambda _: self._arriving.pop(call.call_id, None))
        return await asyncio.shield(task)

    async def come_back(self, call: IncomingCall) -> Answer:
        """The caller's stream has ended and the caller is still there: back to the session, or on.

        Raises:
            StoreUnavailableError: for longer than a carrier waits; there is no telling which.
        """
        return await self._patiently(self._come_back, call)

    async def fall_back(self, call: IncomingCall) -> Answer:
        """The carrier could not fetch our document, or not follow it.

        What could not be fetched is told again: the replica that was asked may have died over it. What could not be
        followed will not be the next time: words instead of silence.

        Raises:
            StoreUnavailableError: for longer than a carrier waits; there is no telling which.
        """
        return await self._patiently(self._fall_back, call)

    async def _patiently(self, answer: Callable[[IncomingCall], Awaitable[Answer]], call: IncomingCall) -> Answer:
        """Wait for a store that is away: a call that is up must not end because of it."""
        time = asyncio.get_running_loop().time
        give_up_s = time() + _STORE_PATIENCE_S
        while True:
            try:
                return await answer(call)
            except StoreUnavailableError:
                if time() >= give_up_s:
                    raise
            await asyncio.sleep(_TRY_AGAIN_S)

    async def _come_back(self, call: IncomingCall) -> Answer:
        record = self._closer.unwritten(call.call_id) or await self._office.ledger.get(call.call_id)
        route = self._route_of(record, call)
        if route is None:
            return answers.refuse(self._policy.refusal)
        if record is not None and record.phase is Phase.LIVE:
            return await self._resume(record, route)
        await self._closer.part(call.call_id)
        return self._part(record, route)

    async def _fall_back(self, call: IncomingCall) -> Answer:
        record = self._closer.unwritten(call.call_id) or await self._office.ledger.get(call.call_id)
        route = self._route_of(record, call)
        if record is None or route is None:
            return await self.arrive(call)
        if call.is_document_at_fault:
            self._give_up(record, EndReason.DOCUMENT_FAILED)
            return self._fail(route, EndReason.DOCUMENT_FAILED)
        match record.phase:
            case Phase.OPENING:
                return await self.arrive(call)
            case Phase.LIVE:
                return await self._again(record, route)
            case Phase.ENDING | Phase.ENDED:
                return await self._come_back(call)
            case _:
                assert_never(record.phase)

    def call_over(self, call_id: CallId) -> None:
        """The carrier says that the caller is gone."""
        self._switchboard.expected.remove(call_id)
        if not self._switchboard.hang_up(call_id):
            self._aside(self._end(call_id, Outcome.AFTER, EndReason.CALLER_HUNG_UP))

    def stream_failed(self, call_id: CallId, error: str) -> None:
        """The carrier says that it could not stream, or not any more."""
        relay = self._switchboard.find(call_id)
        if relay is not None:
            relay.monitor.note(EventKind.CARRIER_FAULT, carrier_code(error))
        else:
            self._aside(archive.add(self._office, call_id, EventKind.CARRIER_FAULT, carrier_code(error)))

    @property
    def state(self) -> AdmissionState:
        """Whether there is room for another call."""
        return self._admission.state

    @property
    def is_answering(self) -> bool:
        """Whether a caller who has arrived waits for an answer."""
        return bool(self._arriving)

    def sorry(self, call: IncomingCall) -> Answer:
        """What is left to say when nothing else works."""
        route = self._routes.find(call)
        if route is None:
            return answers.refuse(self._policy.refusal)
        return self._fail(route, FallbackCause.STORE_UNAVAILABLE)

    async def _arrive(self, call: IncomingCall) -> Answer:
        route = self._routes.find(call)
        if route is None:
            _log.info("call_refused", call_id=call.call_id, carrier=call.carrier, called=call.called, why="no route")
            return answers.refuse(self._policy.refusal)
        state = await self._admission.let_in(call.call_id)
        if state is not AdmissionState.OPEN:
            why = state.name.lower()
            _log.warning("call_refused", call_id=call.call_id, carrier=call.carrier, called=call.called, why=why)
            return answers.busy(route, self._policy.refusal)
        answer = await self._take(call, route)
        self._admission.answered(call.call_id, is_coming=answer.result is WebhookResult.CONNECTED)
        return answer

    async def _take(self, call: IncomingCall, route: Route) -> Answer:
        try:
            return await self._claim(call, route)
        except StoreUnavailableError as exc:
            _log.error("call_not_written", call_id=call.call_id, carrier=call.carrier, detail=str(exc))
            return self._fail(route, FallbackCause.STORE_UNAVAILABLE)
        except Exception:  # noqa: BLE001 - the outer edge of a task: a bug must not leave this caller without words
            _log.exception("call_failed", call_id=call.call_id, carrier=call.carrier)
            return self._fail(route, EndReason.INTERNAL_ERROR)

    async def _claim(self, call: IncomingCall, route: Route) -> Answer:
        now_ms = self._office.clock.unix_ms()
        body = session_body(route, call)
        record = CallRecord(
            call_id=call.call_id,
            carrier=call.carrier,
            carrier_call_id=call.carrier_call_id,
            route=route.name,
            speaker=route.speaker,
            created_ms=now_ms,
            owner=self._office.replica,
            create_body=msgspec.json.encode(body).decode(),
        )
        change = self._office.lifecycle.opening(record, now_ms)
        existing = await self._office.ledger.insert(change.record, change.due_ms)
        if existing is not None:
            return await self._again(existing, route)
        return await self._open(record, route)

    async def _again(self, record: CallRecord, route: Route) -> Answer:
        """The call is known: whoever opened it may still be at it, be done, or be gone."""
        while record.phase is Phase.OPENING:
            age_ms = self._office.clock.unix_ms() - record.created_ms
            if record.owner == self._office.replica or age_ms > _STALE_MS:
                return await self._open(record, route)
            await asyncio.sleep(_LOOK_AGAIN_S)
            found = await self._office.ledger.get(record.call_id)
            if found is None:
                return self._fail(route, EndReason.KALLGLOT_UNAVAILABLE)
            record = found
        if record.phase is not Phase.LIVE:
            return self._part(record, route)
        ticket = record.ticket
        if ticket is not None and ticket.used:
            return await self._resume(record, route)
        if ticket is None or ticket.expires_ms <= self._office.clock.unix_ms():
            ticket = self._ticket(record.call_id)
            await self._write(record, lambda r, now_ms: self._office.lifecycle.reticketed(r, ticket, now_ms))
        return answers.connect(record, ticket, self._policy.addresses, route.greeting, WebhookResult.CONNECTED)

    async def _open(self, record: CallRecord, route: Route) -> Answer:
        try:
            session = await self._grants.create(record)
        except KallglotUnavailableError as exc:
            self._give_up(record, EndReason.KALLGLOT_UNAVAILABLE, exc.code)
            return self._fail(route, EndReason.KALLGLOT_UNAVAILABLE)
        except KallglotError as exc:
            # What was refused does not exist; what was answered illegibly may, and is looked for.
            reason = EndReason.SESSION_REFUSED if is_refusal(exc) else EndReason.KALLGLOT_UNAVAILABLE
            self._give_up(record, reason, exc.code)
            return self._fail(route, reason)
        ticket = self._ticket(record.call_id)
        try:
            opened = await self._write(
                record, lambda r, now_ms: self._office.lifecycle.opened(r, session, ticket, now_ms)
            )
        except StoreUnavailableError:
            self._aside(self._closer.close_unwritten(session.session_id))
            raise
        if opened is None:
            return await self._overtaken(record, session, route)
        return answers.connect(opened, ticket, self._policy.addresses, route.greeting, WebhookResult.CONNECTED)

    async def _overtaken(self, record: CallRecord, session: Session, route: Route) -> Answer:
        """Somebody else was quicker: to open the call, by the same key with the same session, or to end it."""
        office = self._office

        def come_late(latest: CallRecord) -> Change | None:
            is_missed = latest.session is None and latest.phase is not Phase.OPENING
            return office.lifecycle.come_late(latest, session, office.clock.unix_ms()) if is_missed else None

        await change(office.ledger, record.call_id, come_late)
        found = await office.ledger.get(record.call_id)
        if found is None or found.session is None:
            # Whoever ended the call and forgot it need not have found its session.
            self._aside(self._closer.close_unwritten(session.session_id))
            return self._part(None, route)
        return await self._again(found, route)

    async def _resume(self, record: CallRecord, route: Route) -> Answer:
        """Back to the same session: new ticket, no greeting, and whoever held the old stream lets go of it."""
        ticket = self._ticket(record.call_id)
        relay = self._switchboard.release(record.call_id)

        def back(latest: CallRecord, now_ms: int) -> Change | None:
            # One whose call was carried on elsewhere since does not know how far it has come.
            if relay is not None and relay.record.epoch == latest.epoch:
                latest = self._office.lifecycle.let_go(latest, relay.next_sequence, relay.figures())
            return self._office.lifecycle.returned(latest, ticket, now_ms)

        resumed = await self._write(record, back)
        latest = resumed or await self._office.ledger.get(record.call_id)
        if latest is None or latest.phase is not Phase.LIVE:
            # It ended while its caller was on the way back.
            return self._part(latest, route)
        cause = cause_of_return(record, self._office.replica)
        result = ResumeResult.RESUMED if resumed is not None else ResumeResult.TOO_OFTEN
        self._office.metrics.calls_resumed.labels(cause, result).inc()
        if resumed is None:
            self._give_up(record, EndReason.RESUMED_TOO_OFTEN)
            return self._fail(route, EndReason.RESUMED_TOO_OFTEN)
        self._switchboard.expected.add(record.call_id, self._office.clock.now_ms())
        _log.info("call_resumed", call_id=record.call_id, carrier=record.carrier, times=len(resumed.resumed_ms))
        return answers.connect(resumed, ticket, self._policy.addresses, None, WebhookResult.RESUMED)

    async def _write(self, record: CallRecord, step: _Step) -> CallRecord | None:
        """Take the step, as long as the call is where it was when it was decided."""
        now_ms = self._office.clock.unix_ms()

        def rule(latest: CallRecord) -> Change | None:
            return step(latest, now_ms) if latest.phase is record.phase else None

        return await change(self._office.ledger, record.call_id, rule)

    def _give_up(self, record: CallRecord, reason: EndReason, code: str = "") -> None:
        """End the call while its caller is being answered; ending may take longer than a carrier waits."""
        self._switchboard.release(record.call_id)
        self._switchboard.expected.remove(record.call_id)
        self._aside(self._end(record.call_id, Outcome.FAILURE, reason, code))

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        """Have it done while carriers are answered."""
        self._tasks.create_task(_do(work))

    async def _end(self, call_id: CallId, outcome: Outcome, reason: EndReason, code: str = "") -> None:
        try:
            await self._closer.finish(call_id, outcome, reason, caller_gone=True, code=code)
        except StoreUnavailableError as exc:
            self._closer.remember(Over(call_id, outcome, reason, caller_gone=True))
            _log.warning("end_not_noted", call_id=call_id, detail=str(exc))

    def _part(self, record: CallRecord | None, route: Route) -> Answer:
        """The call is over for us and its caller is still there."""
        if record is not None and record.outcome is Outcome.FAILURE:
            self._office.metrics.fallbacks.labels(record.end_reason or EndReason.INTERNAL_ERROR).inc()
        return answers.part(route, record.outcome if record is not None else None)

    def _fail(self, route: Route, cause: EndReason | FallbackCause) -> Answer:
        self._office.metrics.fallbacks.labels(cause).inc()
        return answers.fail(route)

    def _route_of(self, record: CallRecord | None, call: IncomingCall) -> Route | None:
        """The route that answered; where that one is gone the one that would now; None for a call that is not known."""
        if record is None:
            return self._routes.find(call)
        return self._routes.named(record.route) or self._routes.find(call) or gone(record.route)

    def _ticket(self, call_id: CallId) -> Ticket:
        expires_ms = self._office.clock.unix_ms() + self._office.lifecycle.policy.ticket_ttl_ms
        return tickets.issue(call_id, self._office.random_bytes(tickets.SECRET_BYTES), expires_ms)


async def _do(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:  # noqa: BLE001 - the outer edge of a task: one call's trouble must not end the others
        _log.exception("not_done_aside")
