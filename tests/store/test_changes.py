from collections.abc import AsyncIterator

import pytest
from msgspec import structs

from gateway.errors import LocalStateError, StoreUnavailableError, TicketError, TicketFault
from gateway.store.changes import change
from gateway.store.record import CallRecord, Change, next_version
from gateway.store.sqlite import SqliteLedger
from tests.store.ledgers import a_call

DUE_MS = 500


@pytest.fixture
async def ledger() -> AsyncIterator[SqliteLedger]:
    opened = await SqliteLedger.open(":memory:")
    await opened.insert(a_call(), due_ms=10)
    yield opened
    await opened.close()


def _resumed_once_more(record: CallRecord) -> Change:
    return Change(structs.replace(record, resumed_ms=(*record.resumed_ms, 1)), DUE_MS)


class _Busy(SqliteLedger):
    """A ledger in which somebody else is always a little quicker, for as often as is said."""

    rivals = 0

    async def replace(self, record: CallRecord, due_ms: int) -> CallRecord | None:
        if self.rivals:
            self.rivals -= 1
            latest = await self.get(record.call_id)
            assert latest is not None
            await super().replace(structs.replace(latest, epoch=latest.epoch + 1), due_ms)
        return await super().replace(record, due_ms)


@pytest.fixture
async def busy() -> AsyncIterator[_Busy]:
    opened = await _Busy.open(":memory:")
    assert isinstance(opened, _Busy)
    await opened.insert(a_call(), due_ms=10)
    yield opened
    await opened.close()


async def test_the_rule_s_change_is_what_is_stored(ledger: SqliteLedger) -> None:
    stored = await change(ledger, a_call().call_id, _resumed_once_more)
    assert stored == next_version(structs.replace(a_call(), resumed_ms=(1,)))
    assert await ledger.get(a_call().call_id) == stored
    assert await ledger.due(DUE_MS - 1, 10) == []


async def test_a_call_that_is_not_there_is_left(ledger: SqliteLedger) -> None:
    assert await change(ledger, a_call("nobody").call_id, _resumed_once_more) is None


async def test_a_rule_may_leave_a_call_as_it_is(ledger: SqliteLedger) -> None:
    assert await change(ledger, a_call().call_id, lambda _record: None) is None
    assert await ledger.get(a_call().call_id) == a_call()


async def test_a_rule_that_refuses_changes_nothing(ledger: SqliteLedger) -> None:
    def refuse(_record: CallRecord) -> Change:
        raise TicketError(TicketFault.USED)

    with pytest.raises(TicketError):
        await change(ledger, a_call().call_id, refuse)
    assert await ledger.get(a_call().call_id) == a_call()


async def test_a_rule_that_lost_a_race_is_asked_again(busy: _Busy) -> None:
    """It sees what the winner made of the call, and neither's change is lost."""
    busy.rivals = 3
    stored = await change(busy, a_call().call_id, _resumed_once_more)
    assert stored is not None
    assert (stored.epoch, stored.resumed_ms) == (3, (1,))


async def test_a_race_that_is_never_won_is_a_bug(busy: _Busy) -> None:
    """Every lost one means that somebody made progress; a call does not have so much of it."""
    busy.rivals = 1_000
    with pytest.raises(LocalStateError, match="20 times"):
        await change(busy, a_call().call_id, _resumed_once_more)


async def test_a_store_that_is_gone_is_said(ledger: SqliteLedger) -> None:
    await ledger.close()
    with pytest.raises(StoreUnavailableError):
        await change(ledger, a_call().call_id, _resumed_once_more)
