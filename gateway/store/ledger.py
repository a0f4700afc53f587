"""The ledger's contract: where calls are written before anything is promised to a carrier.

A record is replaced only if nobody else replaced it meanwhile (compare and set on `version`), so every rule about
calls is a pure function over `CallRecord`, the same for each store. Beside the record the store keeps one number
that it can search: when somebody has to look after the call again (`due_ms`, Unix ms). The owner of a call that is
well moves it forward in batches; what is due has lost its owner, or is waiting for a retry.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.calls import CallId, SessionId
from gateway.store.history import PastCall
from gateway.store.record import CallRecord


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a renewal did not find as its owner believed."""

    taken: Sequence[CallId]
    """Another replica's now."""
    missing: Sequence[CallId]
    """Not there: over and forgotten, or the store has lost them."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A call was given to a media socket of this epoch; sockets of older ones must let go."""

    call_id: CallId
    epoch: int


class Ledger(Protocol):
    """Keeps the calls.

    Every method raises `StoreUnavailableError` where the store does not answer; those that read one call, too
    where what stands there is none. Those that read many leave it out.
    """

    async def insert(self, record: CallRecord, due_ms: int) -> CallRecord | None:
        """Write a call that is not there yet; the record that is there already where it is, None if written."""
        ...

    async def get(self, call_id: CallId) -> CallRecord | None:
        """The call, if it is there."""
        ...

    async def replace(self, record: CallRecord, due_ms: int) -> CallRecord | None:
        """Write the next version of a call; the record as stored, or None if another version stands there."""
        ...

    async def delete(self, record: CallRecord) -> bool:
        """Forget a call, unless another version stands there."""
        ...

    async def renew(self, owner: str, call_ids: Sequence[CallId], due_ms: int) -> Renewal:
        """Move on when these calls are due, as far as they are this owner's."""
        ...

    async def due(self, now_ms: int, limit: int) -> Sequence[CallRecord]:
        """Calls that somebody has to look after, the longest waiting first."""
        ...

    async def calls_of(self, session_id: SessionId) -> Iterable[CallRecord]:
        """All calls of a session."""
        ...

    async def keep(self, call: PastCall, now_ms: int, keep_ms: int) -> None:
        """Keep for so long what is known of a call, instead of what was known before."""
        ...

    async def recall(self, call_id: CallId, now_ms: int) -> PastCall | None:
        """What was kept of a call, as long as it is."""
        ...

    async def present(self, replica: str, now_ms: int, until_ms: int) -> int:
        """Say that this replica takes calls until then, or, with a time gone by, that it does not.

        How many other replicas do.
        """
        ...

    def claims(self) -> AsyncIterator[Claim]:
        """Calls as they change hands, whoever changes them; ends only with an error or when it is closed."""
        ...

    async def size(self) -> int:
        """How many calls are written down."""
        ...

    async def ping(self) -> None:
        """Make sure that the store answers."""
        ...

    async def close(self) -> None:
        """Let go of what is held."""
        ...
