"""A ledger that can go away and come back."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import cast

from gateway.calls import CallId
from gateway.errors import StoreUnavailableError
from gateway.store.history import PastCall
from gateway.store.ledger import Renewal
from gateway.store.record import CallRecord
from gateway.store.sqlite import SqliteLedger


class FlakyLedger(SqliteLedger):
    """The embedded ledger, in memory, behind a connection that a test can cut."""

    is_away = False
    leaves_after_due = False
    """Goes away as soon as it has said what is due."""

    is_broken = False
    """A bug of ours, which no store's failure is."""

    meanwhile: Callable[[], Awaitable[object]] | None = None
    """What somebody else does as soon as the next call has been read."""

    once_forgotten: Callable[[], Awaitable[object]] | None = None
    """What somebody else does as soon as the next call has been deleted."""

    once_renewed: Callable[[], object] | None = None
    """What happens here as soon as the next leases have been renewed, before anybody hears of it."""

    under_way = 0
    """Operations that SQLite's thread has yet to answer."""

    ends_missed = 0
    """How many of the next calls' ends it does not take."""

    @classmethod
    async def in_memory(cls) -> "FlakyLedger":
        """An empty one."""
        return cast("FlakyLedger", await cls.open(":memory:"))

    renewals = 0
    """How often leases were renewed."""

    async def get(self, call_id: CallId) -> CallRecord | None:
        record = await super().get(call_id)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return record

    async def delete(self, record: CallRecord) -> bool:
        deleted = await super().delete(record)
        once_forgotten, self.once_forgotten = self.once_forgotten, None
        if once_forgotten is not None:
            await once_forgotten()
        return deleted

    async def keep(self, call: PastCall, now_ms: int, keep_ms: int) -> None:
        if call.ended_ms and self.ends_missed:
            self.ends_missed -= 1
            raise StoreUnavailableError("store.url: away for a moment")
        await super().keep(call, now_ms, keep_ms)

    async def renew(self, owner: str, call_ids: Sequence[CallId], due_ms: int) -> Renewal:
        self.renewals += 1
        renewal = await super().renew(owner, call_ids, due_ms)
        once_renewed, self.once_renewed = self.once_renewed, None
        if once_renewed is not None:
            once_renewed()
        return renewal

    async def due(self, now_ms: int, limit: int) -> Sequence[CallRecord]:
        records = await super().due(now_ms, limit)
        self.is_away = self.is_away or self.leaves_after_due
        return records

    @asynccontextmanager
    async def _faults(self) -> AsyncIterator[None]:
        if self.is_away:
            raise StoreUnavailableError("store.url: cut off by the test")
        if self.is_broken:
            raise ZeroDivisionError("a bug of ours")
        self.under_way += 1
        try:
            async with super()._faults():
                yield
        finally:
            self.under_way -= 1
