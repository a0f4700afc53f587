"""Leave to open a session's stream: from an answer of Kallglot's to the ledger, and anew when it has run out."""

import msgspec
from msgspec import structs

from gateway.bridge.office import Office
from gateway.errors import KallglotError
from gateway.kallglot import models
from gateway.routing.body import idempotency_key
from gateway.store.record import CallRecord, Session
from gateway.telemetry.kallglot_codes import code_label
from gateway.telemetry.logs import logger
from gateway.telemetry.metrics import Stage

_log = logger("reception")

_TOKEN_LIFE_MS = 300_000
"""What a token is taken for whose answer does not say: the documents say five minutes."""

_MARGIN_MS = 2_000
"""A token this close to its end may be refused by a clock that is ahead of ours."""

_GOES_ON = (models.SessionStatus.CREATED, models.SessionStatus.CONNECTING, models.SessionStatus.ACTIVE)
"""Of any other status a session without a stream is over."""


def granted(answer: models.Session, now_ms: int) -> Session | None:
    """The session as the ledger keeps it, or None where it has no stream any more."""
    if answer.stream is None or answer.status is models.SessionStatus.ENDED:
        return None
    expires_ms = answer.stream.expires_at_ms()
    return Session(
        session_id=answer.id,
        stream_url=answer.stream.url,
        token=answer.stream.token,
        token_expires_ms=expires_ms if expires_ms is not None else now_ms + _TOKEN_LIFE_MS,
    )


class Grants:
    """Gets calls the grants with which their streams can be opened."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def create(self, record: CallRecord) -> Session:
        """That of a session which is created for the call; asked again, the same.

        Raises:
            KallglotError: there is none.
        """
        office = self._office
        began_ms = office.clock.now_ms()
        body = msgspec.json.decode(record.create_body, type=dict[str, object])
        try:
            created = await office.api.create(body, idempotency_key(record.call_id))
        except KallglotError as exc:
            self._not_created(record, exc)
            raise
        office.metrics.setup_stage.labels(Stage.SESSION_CREATE).observe((office.clock.now_ms() - began_ms) / 1000)
        session = granted(created, office.clock.unix_ms())
        if session is None:
            raise KallglotError(models.UNEXPECTED_ANSWER, "a new session without a stream", status=201)
        _log.info("session_created", call_id=record.call_id, carrier=record.carrier, session_id=session.session_id)
        return session

    async def find(self, record: CallRecord, fresh: bool) -> Session | None:  # noqa: FBT001 - a Callable's argument
        """The one the call has, or a fresh one where that has run out or was refused; None once the session has ended.

        Raises:
            KallglotError: Kallglot does not say.
        """
        session = record.session
        if session is None:
            return None
        now_ms = self._office.clock.unix_ms()
        if not fresh and session.token_expires_ms - _MARGIN_MS > now_ms:
            return session
        answer = await self._office.api.get(session.session_id)
        renewed = granted(answer, now_ms)
        if renewed is None and answer.status in _GOES_ON:
            # Its caller is not to be hung up on as if all had been said.
            raise KallglotError(models.UNEXPECTED_ANSWER, f"a session that is {answer.status}, without a stream")
        return structs.replace(renewed, session_id=session.session_id) if renewed is not None else None

    def _not_created(self, record: CallRecord, exc: KallglotError) -> None:
        self._office.metrics.kallglot_errors.labels(code_label(exc.code)).inc()
        _log.warning(
            "session_not_created",
            call_id=record.call_id,
            carrier=record.carrier,
            route=record.route,
            code=exc.code,
            status=exc.status,
            detail=exc.message,
            request_id=exc.request_id,
        )
