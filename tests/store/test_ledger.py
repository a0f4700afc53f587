"""The contract that every store keeps."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from gateway.calls import CallId, EndReason, SessionId
from gateway.clock import SystemClock
from gateway.store.history import decode, encode
from gateway.store.ledger import Ledger
from gateway.store.record import Phase, next_version
from gateway.store.redis import RedisLedger
from gateway.store.sqlite import SqliteLedger
from tests.fakes.until import until
from tests.fakes.valkey import valkey
from tests.store.ledgers import a_call
from tests.store.past_calls import past_call


@pytest.fixture(params=["sqlite", "redis"])
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ledger]:
    if request.param == "sqlite":
        opened: Ledger = await SqliteLedger.open(str(tmp_path / "ledger.db"))
        yield opened
        await opened.close()
    else:
        with valkey(tmp_path) as url:
            opened = RedisLedger.open(url)
            yield opened
            await opened.close()


async def test_a_call_is_written_once(ledger: Ledger) -> None:
    """Of two replicas that are told of one call, the second is shown the first one's record."""
    first = a_call(owner="here")
    assert await ledger.insert(first, due_ms=10) is None
    assert await ledger.insert(a_call(owner="there"), due_ms=10) == first
    assert await ledger.size() == 1


async def test_an_unknown_call_is_none(ledger: Ledger) -> None:
    assert await ledger.get(CallId("call_nobody")) is None


async def test_a_record_comes_back_as_it_was(ledger: Ledger) -> None:
    """Every field survives the store."""
    record = structs.replace(
        a_call(session_id="sess_1"), phase=Phase.ENDING, end_reason=EndReason.CALLER_HUNG_UP, resumed_ms=(1, 2)
    )
    await ledger.insert(record, due_ms=10)
    assert await ledger.get(record.call_id) == record


async def test_only_the_latest_version_is_replaced(ledger: Ledger) -> None:
    """Of two replicas that change the same version, one wins and the other is told so."""
    record = a_call()
    await ledger.insert(record, due_ms=10)
    changed = structs.replace(record, phase=Phase.LIVE)

    stored = await ledger.replace(changed, due_ms=20)
    assert stored == next_version(changed)
    assert await ledger.replace(changed, due_ms=30) is None
    assert await ledger.get(record.call_id) == stored


async def test_only_the_latest_version_is_deleted(ledger: Ledger) -> None:
    record = a_call()
    await ledger.insert(record, due_ms=10)
    stored = await ledger.replace(record, due_ms=10)
    assert stored is not None

    assert not await ledger.delete(record)
    assert await ledger.delete(stored)
    assert await ledger.size() == 0


async def test_what_is_due_comes_longest_waiting_first(ledger: Ledger) -> None:
    for name, due_ms in (("late", 300), ("soon", 200), ("first", 100)):
        await ledger.insert(a_call(name), due_ms)

    assert [r.call_id for r in await ledger.due(now_ms=200, limit=10)] == ["call_first", "call_soon"]
    assert [r.call_id for r in await ledger.due(now_ms=999, limit=1)] == ["call_first"]


async def test_records_of_another_version_keep_no_other_waiting(ledger: Ledger) -> None:
    """After a roll-back nobody can read what the newer version left behind; the other calls are looked after."""
    for number in range(5):
        newer: Any = {"phase": "of another version"}
        await ledger.insert(structs.replace(a_call(f"newer{number}"), **newer), due_ms=number)
    await ledger.insert(a_call("ours"), due_ms=100)

    assert [r.call_id for r in await ledger.due(now_ms=200, limit=2)] == ["call_ours"]


async def test_the_owner_moves_its_calls_on_in_one_go(ledger: Ledger) -> None:
    """A replica that renews its calls learns which of them another one has taken over, or are gone."""
    mine, theirs = a_call("mine", owner="here"), a_call("theirs", owner="there")
    await ledger.insert(mine, due_ms=10)
    await ledger.insert(theirs, due_ms=10)

    renewal = await ledger.renew("here", [mine.call_id, theirs.call_id, CallId("call_gone")], due_ms=500)
    assert list(renewal.taken) == [theirs.call_id]
    assert list(renewal.missing) == ["call_gone"]
    assert [r.call_id for r in await ledger.due(now_ms=400, limit=10)] == [theirs.call_id]


async def test_renewing_nothing_loses_nothing(ledger: Ledger) -> None:
    renewal = await ledger.renew("here", [], due_ms=500)
    assert (list(renewal.taken), list(renewal.missing)) == ([], [])


async def test_renewing_does_not_count_as_a_change(ledger: Ledger) -> None:
    """A call's owner may renew it while its record is being changed elsewhere in the process."""
    record = a_call()
    await ledger.insert(record, due_ms=10)
    await ledger.renew("here", [record.call_id], due_ms=99)
    assert await ledger.replace(record, due_ms=10) is not None


async def test_a_session_knows_its_calls(ledger: Ledger) -> None:
    for name, session_id in (("a", "sess_1"), ("b", "sess_1"), ("c", "sess_2"), ("d", None)):
        await ledger.insert(a_call(name, session_id=session_id), due_ms=10)

    found = await ledger.calls_of(SessionId("sess_1"))
    assert sorted(r.call_id for r in found) == ["call_a", "call_b"]


async def test_answers_a_ping(ledger: Ledger) -> None:
    await ledger.ping()


async def test_what_happened_to_a_call_is_kept_for_a_time(ledger: Ledger) -> None:
    """Whoever asks later is told the latest; later still, nothing."""
    now_ms = SystemClock().unix_ms()
    call = past_call()
    await ledger.keep(call, now_ms, 60_000)
    assert await ledger.recall(call.call_id, now_ms) == decode(encode(call))
    assert await ledger.recall(CallId("call_nobody"), now_ms) is None

    await ledger.keep(structs.replace(call, resumed=2), now_ms, 20)
    await until_gone(ledger, call.call_id)
    await ledger.keep(past_call("2"), SystemClock().unix_ms(), 60_000)
    assert await ledger.recall(call.call_id, now_ms + 19) is None


async def until_gone(ledger: Ledger, call_id: CallId) -> None:
    async def is_gone() -> bool:
        return await ledger.recall(call_id, SystemClock().unix_ms()) is None

    await until(is_gone)
