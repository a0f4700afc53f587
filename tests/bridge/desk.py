"""An office in memory: a ledger, a Kallglot and a clock that tests hold in their hands."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from prometheus_client import CollectorRegistry

from gateway.bridge.lifecycle import Lifecycle, LifecyclePolicy
from gateway.bridge.office import Office
from gateway.calls import CallId
from gateway.kallglot.api import ApiPolicy, KallglotApi
from gateway.store.record import CallRecord
from gateway.telemetry.metrics import Metrics
from tests.fakes.clock import FakeClock
from tests.fakes.kallglot import FakeKallglot
from tests.fakes.ledger import FlakyLedger

ONCE = ApiPolicy(attempts=1)
"""What is retried is the API client's business, and tested there."""


@dataclass(frozen=True)
class Desk:
    """An office, and the ends of it that tests look at."""

    office: Office
    clock: FakeClock
    ledger: FlakyLedger
    kallglot: FakeKallglot
    registry: CollectorRegistry

    async def write(self, *records: CallRecord, due_ms: int = 0) -> Sequence[CallRecord]:
        """Put calls into the ledger; as they stand there."""
        for record in records:
            assert await self.ledger.insert(record, due_ms) is None
        return records

    async def read(self, call_id: CallId) -> CallRecord:
        """The call, which must be there."""
        record = await self.ledger.get(call_id)
        assert record is not None
        return record

    async def due_in_ms(self, call_id: CallId) -> int:
        """From now until somebody has to look after the call."""
        far_ms = self.clock.unix_ms() + 10**9
        low_ms, high_ms = 0, far_ms
        while low_ms < high_ms:
            middle_ms = (low_ms + high_ms) // 2
            if any(record.call_id == call_id for record in await self.ledger.due(middle_ms, 1_000)):
                high_ms = middle_ms
            else:
                low_ms = middle_ms + 1
        return low_ms - self.clock.unix_ms()

    def value(self, name: str, **labels: str) -> float:
        """A metric's value, 0 where there is none yet."""
        return self.registry.get_sample_value(name, labels) or 0.0


@asynccontextmanager
async def open_desk(policy: LifecyclePolicy | None = None) -> AsyncIterator[Desk]:
    """An office, for as long as the context lasts."""
    clock, kallglot, registry = FakeClock(), FakeKallglot(), CollectorRegistry()
    metrics = Metrics(registry, lambda: ())
    ledger = await FlakyLedger.in_memory()
    transport = httpx.MockTransport(kallglot.handle)
    async with httpx.AsyncClient(transport=transport, base_url="https://kallglot.test/v1") as http:
        api = KallglotApi(http, ONCE, "sk_test_1", metrics.request_observed)
        lifecycle = Lifecycle(policy or LifecyclePolicy())
        yield Desk(Office("here", ledger, api, lifecycle, clock, metrics), clock, ledger, kallglot, registry)
    await ledger.close()
