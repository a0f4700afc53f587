"""Changes a record by a rule, however many others change it at the same time."""

from collections.abc import Callable

from gateway.calls import CallId
from gateway.errors import LocalStateError
from gateway.store.ledger import Ledger
from gateway.store.record import CallRecord, Change

_ATTEMPTS = 20
"""Every lost race means that somebody else made progress; twenty in a row mean a fault."""

Rule = Callable[[CallRecord], Change | None]
"""What a record should become, given how it stands now; None to leave it."""


async def change(ledger: Ledger, call_id: CallId, rule: Rule) -> CallRecord | None:
    """The record as the rule has changed it; None where there is no record, or the rule left it.

    Raises:
        StoreUnavailableError: the store does not answer.
        Exception: whatever the rule raises, and nothing is written.
    """
    for _ in range(_ATTEMPTS):
        record = await ledger.get(call_id)
        wanted = rule(record) if record is not None else None
        if wanted is None:
            return None
        stored = await ledger.replace(wanted.record, wanted.due_ms)
        if stored is not None:
            return stored
    raise LocalStateError(f"{call_id} was changed by others {_ATTEMPTS} times in a row")
