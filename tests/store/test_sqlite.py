from pathlib import Path

import pytest

from gateway.errors import StoreUnavailableError
from gateway.store.sqlite import SqliteLedger
from tests.store.ledgers import a_call


async def test_calls_outlive_the_process(tmp_path: Path) -> None:
    """A gateway that is started again finds the calls it left."""
    path = str(tmp_path / "ledger.db")
    first = await SqliteLedger.open(path)
    await first.insert(a_call(), due_ms=10)
    await first.close()

    second = await SqliteLedger.open(path)
    assert await second.get(a_call().call_id) == a_call()
    await second.close()


async def test_makes_the_folder_it_needs(tmp_path: Path) -> None:
    ledger = await SqliteLedger.open(str(tmp_path / "new" / "ledger.db"))
    await ledger.ping()
    await ledger.close()


async def test_memory_leaves_nothing_behind() -> None:
    ledger = await SqliteLedger.open(":memory:")
    assert await ledger.insert(a_call(), due_ms=10) is None
    await ledger.close()


async def test_a_path_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match=r"store\.url"):
        await SqliteLedger.open(str(tmp_path))


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_text("not a database, but long enough to be read as the header of one" * 20)
    with pytest.raises(StoreUnavailableError, match="not a database"):
        await SqliteLedger.open(str(path))


async def test_a_closed_ledger_is_unavailable(tmp_path: Path) -> None:
    ledger = await SqliteLedger.open(str(tmp_path / "ledger.db"))
    await ledger.close()
    with pytest.raises(StoreUnavailableError):
        await ledger.ping()
