"""What ledgers read back: rows and hashes that another version, or nobody sane, has written."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from gateway.calls import SessionId
from gateway.errors import StoreUnavailableError
from gateway.store.ledger import Ledger
from gateway.store.record import CallRecord
from gateway.store.redis import RedisLedger
from gateway.store.sqlite import SqliteLedger
from tests.fakes.valkey import valkey
from tests.fuzz.depth import fuzz
from tests.fuzz.mutations import mangled, wrong_json
from tests.store.ledgers import a_call

WELL = a_call("well", session_id="sess_1")
ILL = a_call("ill", session_id="sess_1")
WRITTEN = [msgspec.json.encode(ILL), msgspec.json.encode(a_call("ill"))]

records: st.SearchStrategy[Any] = st.one_of(wrong_json(WRITTEN), mangled(WRITTEN), st.binary(max_size=20))


async def _read_all(ledger: Ledger) -> None:
    """Every way to read; the call that is well is found whatever stands beside it."""
    for read in (ledger.get(ILL.call_id), ledger.insert(ILL, 1)):
        try:
            found = await read
        except StoreUnavailableError as exc:
            assert ILL.call_id in str(exc)
        else:
            assert isinstance(found, CallRecord)
    assert WELL in await ledger.due(10**15, 10)
    assert WELL in await ledger.calls_of(SessionId("sess_1"))
    assert await ledger.size() == 2
    assert not await ledger.delete(a_call("nobody"))


def test_a_row_is_a_call_or_the_store_s_fault() -> None:
    """Of SQLite's column types, any."""
    anything = st.one_of(records, st.text(max_size=9), st.integers(-9, 9), st.floats(allow_nan=False))
    with asyncio.Runner() as runner:
        ledger = runner.run(SqliteLedger.open(":memory:"))

        async def check(value: Any) -> None:
            await ledger._connection.execute("DELETE FROM calls")
            for record in (WELL, ILL):
                await ledger.insert(record, 1)
            await ledger._connection.execute("UPDATE calls SET record = ? WHERE call_id = ?", (value, ILL.call_id))
            await _read_all(ledger)

        @fuzz(33)
        @given(anything)
        def check_all(value: Any) -> None:
            runner.run(check(value))

        check_all()
        runner.run(ledger.close())


def test_a_hash_is_a_call_or_the_store_s_fault(tmp_path: Path) -> None:
    """What stands under a call's key; and what is published where calls are claimed."""
    with valkey(tmp_path) as url, asyncio.Runner() as runner:
        ledger = RedisLedger.open(url)

        async def check(value: bytes) -> None:
            await ledger._client.flushall()
            for record in (WELL, ILL):
                await ledger.insert(record, 1)
            await ledger._client.hset(f"{{gateway}}:call:{ILL.call_id}", "record", value)
            await _read_all(ledger)

        @fuzz(33)
        @given(records)
        def check_all(value: bytes) -> None:
            runner.run(check(value))

        check_all()
        runner.run(ledger.close())
