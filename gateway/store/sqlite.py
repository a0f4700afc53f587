"""The ledger in one SQLite file: for a single gateway process.

WAL keeps readers and the writer apart; `synchronous = NORMAL` may lose the last moments at a power cut but never
the file (https://www.sqlite.org/pragma.html#pragma_synchronous).
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite
import msgspec

from gateway.calls import CallId, SessionId
from gateway.errors import StoreUnavailableError
from gateway.store import history
from gateway.store.history import PastCall
from gateway.store.ledger import Claim, Renewal
from gateway.store.reading import read, read_legible, read_past_illegible
from gateway.store.record import CallRecord, next_version

_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    call_id    TEXT PRIMARY KEY,
    version    INTEGER NOT NULL,
    owner      TEXT NOT NULL,
    session_id TEXT,
    due_ms     INTEGER NOT NULL,
    record     BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS past (
    call_id    TEXT PRIMARY KEY,
    until_ms   INTEGER NOT NULL,
    call       BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS past_until ON past (until_ms);
CREATE INDEX IF NOT EXISTS calls_due ON calls (due_ms);
CREATE INDEX IF NOT EXISTS calls_session ON calls (session_id) WHERE session_id IS NOT NULL;
"""

_BUSY_TIMEOUT_S = 2.0
"""How long another process may hold the file before we give up on it, and how long to wait for one's turn: one thread
asks all questions. While the file is held each takes so long, and whoever asked last would wait for all of them."""

_MODE = 0o660
"""Of a new file, less what the umask takes: who reads it can open live calls' sockets and streams."""

_FETCHED_AT_ONCE = 64
"""Rows a trip to the thread brings back."""

_encode = msgspec.json.Encoder().encode


class SqliteLedger:
    """A `Ledger` in one file, or in memory for `:memory:`."""

    def __init__(self, connection: aiosqlite.Connection, path: str, patience_s: float) -> None:
        self._connection = connection
        self._path = path
        self._patience_s = patience_s
        self._busy = asyncio.Lock()

    @classmethod
    async def open(cls, path: str, patience_s: float = _BUSY_TIMEOUT_S) -> "SqliteLedger":
        """Open or create the file.

        Raises:
            StoreUnavailableError: it cannot be opened or written.
        """
        try:
            _make(path)
            # Opened here: when aiosqlite's own thread fails to, it outlives the attempt.
            file = sqlite3.connect(path, isolation_level=None, timeout=patience_s, check_same_thread=False)
        except (OSError, sqlite3.Error) as exc:
            raise StoreUnavailableError(f"store.url: cannot open {path!r}: {exc}") from exc
        connection = await aiosqlite.Connection(lambda: file, iter_chunk_size=_FETCHED_AT_ONCE)
        ledger = cls(connection, path, patience_s)
        try:
            async with ledger._turn():
                await connection.execute("PRAGMA journal_mode = WAL")
                await connection.execute("PRAGMA synchronous = NORMAL")
                await connection.executescript(_SCHEMA)
        except StoreUnavailableError:
            await connection.close()
            raise
        return ledger

    async def insert(self, record: CallRecord, due_ms: int) -> CallRecord | None:
        async with self._turn():
            cursor = await self._connection.execute(
                "INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", _row(record, due_ms)
            )
            written = cursor.rowcount == 1
        return None if written else await self.get(record.call_id)

    async def get(self, call_id: CallId) -> CallRecord | None:
        rows = await self._select("WHERE call_id = ?", call_id)
        return read(call_id, rows[0]) if rows else None

    async def replace(self, record: CallRecord, due_ms: int) -> CallRecord | None:
        stored = next_version(record)
        call_id, *changes = _row(stored, due_ms)
        async with self._turn():
            cursor = await self._connection.execute(
                "UPDATE calls SET version = ?, owner = ?, session_id = ?, due_ms = ?, record = ?"
                " WHERE call_id = ? AND version = ?",
                (*changes, call_id, record.version),
            )
        return stored if cursor.rowcount == 1 else None

    async def delete(self, record: CallRecord) -> bool:
        async with self._turn():
            cursor = await self._connection.execute(
                "DELETE FROM calls WHERE call_id = ? AND version = ?", (record.call_id, record.version)
            )
        return cursor.rowcount == 1

    async def renew(self, owner: str, call_ids: Sequence[CallId], due_ms: int) -> Renewal:
        wanted = msgspec.json.encode(call_ids).decode()
        async with self._turn():
            await self._connection.execute(
                "UPDATE calls SET due_ms = ? WHERE owner = ? AND call_id IN (SELECT value FROM json_each(?))",
                (due_ms, owner, wanted),
            )
            cursor = await self._connection.execute(
                "SELECT value, owner FROM json_each(?) LEFT JOIN calls ON call_id = value", (wanted,)
            )
            owners = {row[0]: row[1] for row in await cursor.fetchall()}
        return Renewal(
            taken=[call_id for call_id in call_ids if owners[call_id] not in (None, owner)],
            missing=[call_id for call_id in call_ids if owners[call_id] is None],
        )

    async def due(self, now_ms: int, limit: int) -> Sequence[CallRecord]:
        async def page(offset: int, most: int) -> tuple[list[bytes | str], bool]:
            stored = await self._select(
                "WHERE due_ms <= ? ORDER BY due_ms, call_id LIMIT ? OFFSET ?", now_ms, most, offset
            )
            return stored, len(stored) == most

        return await read_past_illegible(page, limit)

    async def calls_of(self, session_id: SessionId) -> Sequence[CallRecord]:
        return read_legible(await self._select("WHERE session_id = ?", session_id))

    async def keep(self, call: PastCall, now_ms: int, keep_ms: int) -> None:
        async with self._turn():
            await self._connection.execute("DELETE FROM past WHERE until_ms <= ?", (now_ms,))
            await self._connection.execute(
                "INSERT OR REPLACE INTO past VALUES (?, ?, ?)", (call.call_id, now_ms + keep_ms, history.encode(call))
            )

    async def recall(self, call_id: CallId, now_ms: int) -> PastCall | None:
        async with self._turn():
            cursor = await self._connection.execute(
                "SELECT call FROM past WHERE call_id = ? AND until_ms > ?", (call_id, now_ms)
            )
            row = await cursor.fetchone()
        return history.decode(row[0]) if row else None

    async def present(self, replica: str, now_ms: int, until_ms: int) -> int:  # noqa: ARG002 - the contract's
        # The file belongs to one process.
        return 0

    async def claims(self) -> AsyncIterator[Claim]:
        # One process has one switchboard, which knows by itself.
        await asyncio.Event().wait()
        yield Claim(CallId(""), 0)

    async def size(self) -> int:
        async with self._turn():
            cursor = await self._connection.execute("SELECT count(*) FROM calls")
            row = await cursor.fetchone()
        return int(row[0]) if row else 0

    async def ping(self) -> None:
        await self.size()

    async def close(self) -> None:
        await self._connection.close()

    async def _select(self, condition: str, *values: str | int) -> list[bytes | str]:
        async with self._turn():
            # The condition is one of the literals above; values are bound.
            cursor = await self._connection.execute(f"SELECT record FROM calls {condition}", values)  # noqa: S608
            rows = await cursor.fetchall()
        return [row[0] for row in rows]

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        async with self._faults():
            async with asyncio.timeout(self._patience_s):
                await self._busy.acquire()
            try:
                yield
            finally:
                self._busy.release()

    @asynccontextmanager
    async def _faults(self) -> AsyncIterator[None]:
        try:
            yield
        except TimeoutError as exc:
            raise StoreUnavailableError(f"store.url: {self._path!r}: busy for {self._patience_s:g} s") from exc
        except (sqlite3.Error, ValueError) as exc:
            # aiosqlite raises ValueError on a connection that was closed.
            raise StoreUnavailableError(f"store.url: {self._path!r}: {exc}") from exc


def _make(path: str) -> None:
    """The file, where there is none yet: SQLite would make one that all may read, and those beside it like it."""
    if path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).touch(_MODE)


def _row(record: CallRecord, due_ms: int) -> tuple[str, int, str, str | None, int, bytes]:
    session_id = record.session.session_id if record.session else None
    return (record.call_id, record.version, record.owner, session_id, due_ms, _encode(record))
