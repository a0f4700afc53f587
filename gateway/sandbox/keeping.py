"""What outlives the sandbox's process: nothing, or one SQLite file."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from gateway.errors import ConfigError


class Kind(StrEnum):
    """What is kept."""

    SESSION = "session"
    AGENT = "agent"
    RECORDING = "recording"
    AUDIO = "audio"
    """A recording's file."""
    TAPE = "tape"
    """What a session that goes on has recorded so far."""
    ANALYSIS = "analysis"
    ANSWER = "answer"
    """To a request with an `Idempotency-Key`."""
    CREDITS = "credits"


class Keeper(Protocol):
    """Keeps bytes by kind and id."""

    @property
    def durable(self) -> bool:
        """Whether it is worth writing down what the state's own objects hold anyway."""
        ...

    def keep(self, kind: Kind, key: str, body: bytes) -> None:
        """Write down, over what was there."""
        ...

    def drop(self, kind: Kind, key: str) -> None:
        """Forget, if it is there."""
        ...

    def kept(self, kind: Kind) -> Iterator[tuple[str, bytes]]:
        """All of a kind, in the order in which they were first written down."""
        ...

    def read(self, kind: Kind, key: str) -> bytes | None:
        """One of them."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class InMemory:
    """Keeps recordings' audio, and only while the process lives."""

    durable = False

    def __init__(self) -> None:
        self._audio: dict[str, bytes] = {}

    def keep(self, kind: Kind, key: str, body: bytes) -> None:
        if kind is Kind.AUDIO:
            self._audio[key] = body

    def drop(self, kind: Kind, key: str) -> None:
        if kind is Kind.AUDIO:
            self._audio.pop(key, None)

    def kept(self, kind: Kind) -> Iterator[tuple[str, bytes]]:
        return iter(self._audio.items() if kind is Kind.AUDIO else ())

    def read(self, kind: Kind, key: str) -> bytes | None:
        return self._audio.get(key) if kind is Kind.AUDIO else None

    def close(self) -> None:
        self._audio.clear()


class SqliteKeeper:
    """Keeps everything in a file.

    Written on the event loop: with a write-ahead log that is not synced at each commit a write takes some 20 µs, and a
    request is only answered when what it did is written down. A killed process loses nothing, a power cut may.
    """

    durable = True

    def __init__(self, path: Path) -> None:
        with ExitStack() as stack:
            try:
                self._db = stack.enter_context(closing(sqlite3.connect(path, isolation_level=None)))
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=NORMAL")
                self._db.execute(
                    "CREATE TABLE IF NOT EXISTS kept (place INTEGER PRIMARY KEY, kind TEXT NOT NULL, "
                    "key TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (kind, key))"
                )
            except sqlite3.Error as exc:
                raise ConfigError([f"state: cannot keep the sandbox's state in {path}: {exc}"]) from exc
            stack.pop_all()

    def keep(self, kind: Kind, key: str, body: bytes) -> None:
        self._db.execute(
            "INSERT INTO kept (kind, key, body) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
            (kind, key, body),
        )

    def drop(self, kind: Kind, key: str) -> None:
        self._db.execute("DELETE FROM kept WHERE kind = ? AND key = ?", (kind, key))

    def kept(self, kind: Kind) -> Iterator[tuple[str, bytes]]:
        yield from self._db.execute("SELECT key, body FROM kept WHERE kind = ? ORDER BY place", (kind,))

    def read(self, kind: Kind, key: str) -> bytes | None:
        row = self._db.execute("SELECT body FROM kept WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return None if row is None else bytes(row[0])

    def close(self) -> None:
        self._db.close()


def open_keeper(path: Path | None) -> Keeper:
    """A keeper that remembers in that file, or one that forgets.

    Raises:
        ConfigError: the file is no SQLite database, or cannot be written.
    """
    return InMemory() if path is None else SqliteKeeper(path)
