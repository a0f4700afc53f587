import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from stat import S_IMODE, S_IRWXO

import pytest

from gateway.errors import StoreUnavailableError
from gateway.store.sqlite import SqliteLedger
from tests.store.ledgers import a_call


def modes_in(folder: Path) -> dict[str, int]:
    """Who may do what with each file."""
    return {path.name: path.stat().st_mode for path in folder.iterdir()}


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


async def test_only_the_gateways_user_and_group_may_read_what_it_keeps(tmp_path: Path) -> None:
    """Tickets and stream tokens of live calls are in there: not for everybody with an account on the machine."""
    ledger = await SqliteLedger.open(str(tmp_path / "ledger.db"))
    await ledger.insert(a_call(), due_ms=10)
    modes = modes_in(tmp_path)
    await ledger.close()
    assert modes.keys() >= {"ledger.db", "ledger.db-wal"}
    assert not any(mode & S_IRWXO for mode in modes.values())


async def test_a_file_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    """An operator who lets others read it is obeyed."""
    path = tmp_path / "ledger.db"
    path.touch()
    path.chmod(0o644)
    await (await SqliteLedger.open(str(path))).close()
    assert S_IMODE(path.stat().st_mode) == 0o644


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


async def test_nobody_waits_behind_all_others_while_another_process_holds_the_file(tmp_path: Path) -> None:
    """A backup, say: of eight callers who arrive together the last would be told so when the carrier has given up."""
    path = tmp_path / "ledger.db"
    ledger = await SqliteLedger.open(str(path), patience_s=0.1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        calls = [a_call(f"call_{number}") for number in range(20)]
        outcomes = await asyncio.gather(*(ledger.insert(call, due_ms=10) for call in calls), return_exceptions=True)
    assert all(isinstance(outcome, StoreUnavailableError) for outcome in outcomes)
    asked = [str(outcome) for outcome in outcomes if "busy for" not in str(outcome)]
    assert 1 <= len(asked) <= 3

    assert await ledger.insert(calls[0], due_ms=10) is None
    assert await ledger.size() == 1
    await ledger.close()


async def test_a_closed_ledger_is_unavailable(tmp_path: Path) -> None:
    ledger = await SqliteLedger.open(str(tmp_path / "ledger.db"))
    await ledger.close()
    with pytest.raises(StoreUnavailableError):
        await ledger.ping()
