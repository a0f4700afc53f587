"""A ledger that can go away and come back."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

from gateway.calls import CallId
from gateway.errors import StoreUnavailableError
from gateway.store.ledger import Renewal
from gateway.store.record import CallRecord
from gateway.store.sqlite import SqliteLedger


class FlakyLedger(SqliteLedger):
    """The embedded ledger, in memory, behind a connection that a test can cut."""

    is_away = False
    leaves_after_due = False
    """Goes away as soon as it has said what is due."""

    under_way = 0
    """Operations that SQLite's thread has yet to answer."""

    @classmethod
    async def in_memory(cls) -> "FlakyLedger":
        """An empty one."""
        return cast("FlakyLedger", await cls.open(":memory:"))

    renewals = 0
    """How often leases were renewed."""

    async def renew(self, owner: str, call_ids: Sequence[CallId], due_ms: int) -> Renewal:
        self.renewals += 1
        return await super().renew(owner, call_ids, due_ms)

    async def due(self, now_ms: int, limit: int) -> Sequence[CallRecord]:
        records = await super().due(now_ms, limit)
        self.is_away = self.is_away or self.leaves_after_due
        return records

    @asynccontextmanager
    async def _faults(self) -> AsyncIterator[None]:
        if self.is_away:
            raise StoreUnavailableError("store.url: cut off by the test")
        self.under_way += 1
        try:
            async with super()._faults():
                yield
        finally:
            self.under_way -= 1
