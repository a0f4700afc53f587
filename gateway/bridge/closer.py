"""Ends sessions, until Kallglot has confirmed it: an open session costs money."""

import msgspec

from gateway.bridge.office import Office
from gateway.bridge.summary import call_ended
from gateway.calls import CallId, EndReason, SessionId
from gateway.errors import KallglotError, StoreUnavailableError
from gateway.routing.body import idempotency_key
from gateway.store.changes import change
from gateway.store.record import CallRecord, Change, Outcome, Phase
from gateway.telemetry.logs import logger

_log = logger("closer")


class Closer:
    """Takes calls that are over for us to their end in the ledger."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def finish(
        self,
        call_id: CallId,
        outcome: Outcome,
        reason: EndReason,
        *,
        caller_gone: bool,
        version: int | None = None,
    ) -> None:
        """End a call that is not here, and its session; with a `version`, only if nothing happened to it since.

        Raises:
            StoreUnavailableError: it could not be written down.
        """
        lifecycle = self._office.lifecycle

        def over(record: CallRecord) -> Change | None:
            if version is not None and record.version != version:
                return None
            if record.phase in (Phase.OPENING, Phase.LIVE):
                return lifecycle.over(record, outcome, reason, self._office.clock.unix_ms(), caller_gone=caller_gone)
            return None

        record = await change(self._office.ledger, call_id, over)
        if record is not None:
            call_ended(self._office, record, None)
            await self.close(record)
        elif caller_gone:
            await self.part(call_id)

    async def part(self, call_id: CallId) -> None:
        """Nobody is left who could ask what comes after the call.

        Raises:
            StoreUnavailableError: it could not be written down.
        """
        office = self._office

        def gone(record: CallRecord) -> Change | None:
            if record.caller_gone or record.phase in (Phase.OPENING, Phase.LIVE):
                return None
            return office.lifecycle.parted(record, office.clock.unix_ms())

        record = await change(office.ledger, call_id, gone)
        if record is not None and record.is_done:
            await office.ledger.delete(record)

    async def close(self, record: CallRecord) -> None:
        """End the session of a call in `ENDING`; what cannot be done now is left due in the ledger."""
        now_ms = self._office.clock.unix_ms()
        ledger, lifecycle = self._office.ledger, self._office.lifecycle
        try:
            try:
                await self._end(record)
            except KallglotError as exc:
                _log.warning(
                    "session_not_ended", call_id=record.call_id, code=exc.code, attempts=record.end_attempts + 1
                )
                later = lifecycle.not_ended(record, now_ms)
                await ledger.replace(later.record, later.due_ms)
                return
            ended = lifecycle.ended(record, now_ms)
            if ended.record.is_done:
                await ledger.delete(record)
            else:
                await ledger.replace(ended.record, ended.due_ms)
        except StoreUnavailableError as exc:
            # The record stays as it is and comes due again.
            _log.warning("end_not_noted", call_id=record.call_id, detail=str(exc))

    async def close_unwritten(self, session_id: SessionId) -> None:
        """End a session that could not be written down; there is nobody to try again later."""
        try:
            await self._office.api.end(session_id)
        except KallglotError as exc:
            _log.error("session_orphaned", session_id=session_id, code=exc.code)

    async def _end(self, record: CallRecord) -> None:
        session_id = record.session.session_id if record.session else await self._find(record)
        if session_id is not None and not await self._is_shared(record, session_id):
            await self._office.api.end(session_id)

    async def _find(self, record: CallRecord) -> SessionId | None:
        """The session that may have been created without our being told: the same request finds it."""
        if not record.create_body:
            return None
        body = msgspec.json.decode(record.create_body, type=dict[str, object])
        try:
            session = await self._office.api.create(body, idempotency_key(record.call_id))
        except KallglotError as exc:
            if exc.status and exc.status < 500:
                # Refused now, so it was refused then: there is no session.
                return None
            raise
        return session.id

    async def _is_shared(self, record: CallRecord, session_id: SessionId) -> bool:
        """Another call is still talking to this session: the last one ends it."""
        calls = await self._office.ledger.calls_of(session_id)
        return any(call.call_id != record.call_id and call.phase is Phase.LIVE for call in calls)
