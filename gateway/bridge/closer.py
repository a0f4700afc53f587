"""Ends sessions, until Kallglot has confirmed it: an open session costs money."""

from collections import deque
from dataclasses import dataclass, replace

import msgspec

from gateway.bridge import archive
from gateway.bridge.office import Office
from gateway.bridge.summary import call_ended
from gateway.calls import CallId, EndReason, SessionId
from gateway.errors import KallglotError, KallglotUnavailableError, StoreUnavailableError
from gateway.kallglot.models import UNEXPECTED_ANSWER
from gateway.kallglot.refusals import is_refusal
from gateway.routing.body import idempotency_key
from gateway.store.changes import Rule, change
from gateway.store.record import CallRecord, Change, Outcome, Phase
from gateway.telemetry.logs import logger
from gateway.telemetry.metrics import OrphanResult

_log = logger("closer")

_UNWRITTEN = 10_000
"""Calls that may end while the store is away; of more, the oldest are left to their leases and the reaper."""

_FINDABLE_MS = 3_600_000
"""How long a session is looked for of which nobody was told. It has heard nothing, so it is not billed, and Kallglot
ends one after 30 idle minutes. Later there is only harm in asking: where Kallglot never heard the request, or has
forgotten its key after a day, the same request creates a session, for a credit."""

_CONFIRMED_BY = 40
"""Attempts, the last of 35 minutes, after which a session counts as ended that Kallglot says in no legible way to have
ended: one that hears nothing for 30 minutes it ends by itself."""


@dataclass(frozen=True, slots=True)
class Over:
    """A call whose end could not be written down."""

    call_id: CallId
    outcome: Outcome
    reason: EndReason
    caller_gone: bool
    epoch: int | None = None
    """Of the media socket with which it ended, where that was ours: a call that has been resumed since goes on."""
    known: CallRecord | None = None
    """As it was then, should the store have lost it."""


class Closer:
    """Takes calls that are over for us to their end in the ledger."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._unwritten: deque[Over] = deque(maxlen=_UNWRITTEN)

    def remember(self, over: Over) -> None:
        """The store is away: the call will be finished when it is back."""
        self._unwritten.append(over)

    def take_unwritten(self) -> list[Over]:
        """What had to wait for the store; whoever takes it finishes it, or has it remembered again."""
        taken = list(self._unwritten)
        self._unwritten.clear()
        return taken

    def unwritten(self, call_id: CallId) -> CallRecord | None:
        """A call that is over as it will be written down; None where nothing of it had to wait for the store."""
        for over in self._unwritten:
            if over.call_id == call_id and over.known is not None:
                now_ms, gone = self._office.clock.unix_ms(), over.caller_gone
                ended = self._office.lifecycle.over(over.known, over.outcome, over.reason, now_ms, caller_gone=gone)
                return ended.record
        return None

    async def finish(
        self,
        call_id: CallId,
        outcome: Outcome,
        reason: EndReason,
        *,
        caller_gone: bool,
        version: int | None = None,
        epoch: int | None = None,
        known: CallRecord | None = None,
        code: str = "",
    ) -> bool | None:
        """End a call that is not here, and its session.

        With a `version` only if nothing happened to it since, with an `epoch` only if no newer media socket has it.
        One that was `known` is ended also where the store has lost it.
        `code` is what Kallglot said, where that is why. Whether it has confirmed the end, None where there was none.

        Raises:
            StoreUnavailableError: it could not be written down.
        """
        lifecycle = self._office.lifecycle

        def over(record: CallRecord) -> Change | None:
            if (version is not None and record.version != version) or (epoch is not None and record.epoch > epoch):
                return None
            if record.phase in (Phase.OPENING, Phase.LIVE):
                return lifecycle.over(record, outcome, reason, self._office.clock.unix_ms(), caller_gone=caller_gone)
            return None

        record = await change(self._office.ledger, call_id, over)
        if record is None and known is not None:
            record = await self.write_anew(known, over)
        if record is not None:
            call_ended(self._office, record, record.figures)
            # Before the record goes: a replica that still has the call's socket would take it for lost.
            is_known = await archive.finish_unseen(self._office, record, code)
            return await self.close(record, is_known=is_known)
        if caller_gone:
            await self.part(call_id)
        return None

    async def write_anew(self, known: CallRecord, rule: Rule) -> CallRecord | None:
        """A call that the store has lost, as the rule changes it: its session must not stay open with nobody to know.

        None where the store has not lost it: it is there, or was ended by somebody else and forgotten.

        Raises:
            StoreUnavailableError: there is no telling.
        """
        ledger = self._office.ledger
        if await ledger.get(known.call_id) is not None:
            return None
        past = await ledger.recall(known.call_id, self._office.clock.unix_ms())
        wanted = rule(known)
        if wanted is None or (past is not None and past.ended_ms):
            return None
        if await ledger.insert(wanted.record, wanted.due_ms) is not None:
            return None
        _log.warning("call_written_anew", call_id=known.call_id)
        return wanted.record

    async def part(self, call_id: CallId) -> None:
        """Nobody is left who could ask what comes after the call.

        Raises:
            StoreUnavailableError: it could not be written down.
        """
        office = self._office
        if self.unwritten(call_id) is not None:
            waiting = [replace(over, caller_gone=True) if over.call_id == call_id else over for over in self._unwritten]
            self._unwritten = deque(waiting, self._unwritten.maxlen)
            return

        def gone(record: CallRecord) -> Change | None:
            if record.caller_gone or record.phase in (Phase.OPENING, Phase.LIVE):
                return None
            return office.lifecycle.parted(record, office.clock.unix_ms())

        record = await change(office.ledger, call_id, gone)
        if record is not None and record.is_done:
            await office.ledger.delete(record)

    async def close(self, record: CallRecord, *, is_known: bool = False) -> bool:
        """End the session of a call in `ENDING`; what cannot be done now is left due in the ledger.

        Where it `is_known` that the call is over, its record may go. Whether Kallglot has confirmed it.
        """
        now_ms = self._office.clock.unix_ms()
        ledger, lifecycle = self._office.ledger, self._office.lifecycle
        try:
            try:
                await self._end(record)
            except KallglotError as exc:
                _log.warning(
                    "session_not_ended", call_id=record.call_id, code=exc.code, attempts=record.end_attempts + 1
                )
                asked_s = exc.retry_after_s if isinstance(exc, KallglotUnavailableError) else None
                later = lifecycle.not_ended(record, now_ms, asked_s or 0)
                await ledger.replace(later.record, later.due_ms)
                return False
            ended = lifecycle.ended(record, now_ms)
            if ended.record.is_done and (is_known or await archive.finish_again(self._office, record)):
                await ledger.delete(record)
            else:
                await ledger.replace(ended.record, ended.due_ms)
        except StoreUnavailableError as exc:
            # The record stays as it is and comes due again.
            _log.warning("end_not_noted", call_id=record.call_id, detail=str(exc))
            return False
        return True

    async def close_unwritten(self, session_id: SessionId) -> None:
        """End a session that could not be written down; there is nobody to try again later."""
        result = OrphanResult.ENDED
        try:
            await self._office.api.end(session_id)
        except KallglotError as exc:
            result = OrphanResult.LOST
            _log.error("session_orphaned", session_id=session_id, code=exc.code)
        self._office.metrics.sessions_orphaned.labels(result).inc()

    async def _end(self, record: CallRecord) -> None:
        session_id = record.session.session_id if record.session else await self._find(record)
        if session_id is None or await self._is_shared(record, session_id):
            return
        try:
            await self._office.api.end(session_id)
        except KallglotError as exc:
            # What was neither refused nor put off will be answered no otherwise however often it is asked.
            if exc.code != UNEXPECTED_ANSWER or record.end_attempts < _CONFIRMED_BY:
                raise
            _log.error("session_end_unconfirmed", call_id=record.call_id, session_id=session_id, detail=exc.message)

    async def _find(self, record: CallRecord) -> SessionId | None:
        """The session that may have been created without our being told: the same request finds it."""
        if not record.create_body:
            return None
        if self._office.clock.unix_ms() - record.created_ms > _FINDABLE_MS:
            _log.error("session_not_found", call_id=record.call_id, attempts=record.end_attempts)
            return None
        body = msgspec.json.decode(record.create_body, type=dict[str, object])
        try:
            session = await self._office.api.create(body, idempotency_key(record.call_id))
        except KallglotUnavailableError:
            raise
        except KallglotError as exc:
            if is_refusal(exc):
                # Refused now, so it was refused then: there is no session.
                return None
            raise
        return session.id

    async def _is_shared(self, record: CallRecord, session_id: SessionId) -> bool:
        """Another call is still talking to this session: the last one ends it."""
        calls = await self._office.ledger.calls_of(session_id)
        return any(call.call_id != record.call_id and call.phase is Phase.LIVE for call in calls)
