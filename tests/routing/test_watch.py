import asyncio
import os
import resource
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from watchfiles import Change

from gateway.errors import ConfigError
from gateway.routing.table import RouteTable
from gateway.routing.watch import RouteBook, _filter, watch
from tests.routing.calls import call

DEADLINE_S = 10
"""For what takes some tens of milliseconds."""


def routes(name: str) -> str:
    return f'[[route]]\nname = "{name}"\nmode = "ai_agent"\n'


def replace(path: Path, text: str) -> None:
    """Write a file as careful editors do: beside it, then renamed over it."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text)
    fresh.replace(path)


def remove(path: Path) -> None:
    """Delete it."""
    path.unlink()


def answering(book: RouteBook) -> str:
    route = book.find(call())
    assert route is not None
    return route.name


class Watched:
    """What a watcher called back."""

    def __init__(self) -> None:
        self.tables: asyncio.Queue[RouteTable] = asyncio.Queue()
        self.failures: asyncio.Queue[ConfigError] = asyncio.Queue()


@asynccontextmanager
async def watching(book: RouteBook, recheck_ms: int = 100) -> AsyncIterator[Watched]:
    watched = Watched()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(
            watch(
                book,
                on_reload=watched.tables.put_nowait,
                on_failure=watched.failures.put_nowait,
                recheck_ms=recheck_ms,
            )
        )
        async with asyncio.timeout(DEADLINE_S):
            yield watched
        task.cancel()


def mounted(folder: Path, version: str, text: str) -> None:
    """Put a file there as Kubernetes mounts a ConfigMap: routes.toml -> ..data/routes.toml, ..data -> ..VERSION."""
    (folder / version).mkdir(parents=True)
    (folder / version / "routes.toml").write_text(text)
    (folder / "..data_tmp").symlink_to(version)
    (folder / "..data_tmp").replace(folder / "..data")
    if not (folder / "routes.toml").is_symlink():
        (folder / "routes.toml").symlink_to("..data/routes.toml")


@contextmanager
def one_more_descriptor() -> Iterator[None]:
    """Let this process open one file at a time, as the system does that has no more for it."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    next_one = os.dup(0)
    os.close(next_one)
    resource.setrlimit(resource.RLIMIT_NOFILE, (next_one + 1, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "routes.toml"
    path.write_text(routes("old"))
    return path


def test_a_book_needs_a_right_file_to_begin_with(path: Path) -> None:
    """A gateway without routes must not start."""
    path.write_text("[[route]]\n")

    with pytest.raises(ConfigError):
        RouteBook(path)


def test_a_reload_says_whether_the_file_changed(path: Path) -> None:
    """Only changes are news."""
    book = RouteBook(path)
    assert book.reload() is False

    replace(path, routes("new"))

    assert book.reload() is True
    assert book.reload() is False
    assert answering(book) == "new"
    assert book.named("old") is None
    assert book.named("new") is not None


def test_a_bad_file_keeps_the_old_routes_and_is_reported_once(path: Path) -> None:
    """Callers notice nothing of an operator's mistake."""
    book = RouteBook(path)
    before = book.table
    replace(path, "[[route]]\n")

    with pytest.raises(ConfigError, match="name is required"):
        book.reload()

    assert book.table is before
    assert book.reload() is False


def test_a_file_that_is_gone_keeps_the_old_routes(path: Path) -> None:
    """Deleting it is no order to refuse all calls."""
    book = RouteBook(path)
    path.unlink()

    with pytest.raises(ConfigError, match="cannot be read"):
        book.reload()

    assert book.reload() is False
    assert answering(book) == "old"
    path.write_text(routes("old"))
    assert book.reload() is True


@pytest.mark.parametrize("write", [replace, Path.write_text], ids=["replaced", "written in place"])
async def test_a_changed_file_is_in_force_soon(path: Path, write: Callable[[Path, str], object]) -> None:
    """However the editor saves."""
    book = RouteBook(path)
    async with watching(book) as watched:
        write(path, routes("new"))
        while answering(book) != "new":
            # An editor that writes in place shows an empty file first; that is a failure, then the routes come.
            await watched.tables.get()


async def test_a_new_config_map_is_in_force_soon(tmp_path: Path) -> None:
    """Kubernetes turns the link ..data; the file's own name does not change."""
    mounted(tmp_path, "..2026_01_01", routes("old"))
    book = RouteBook(tmp_path / "routes.toml")
    async with watching(book) as watched:
        mounted(tmp_path, "..2026_01_02", routes("new"))
        table = await watched.tables.get()

    assert table.routes[0].name == "new"
    assert answering(book) == "new"


async def test_notifications_bring_the_change_without_waiting_for_the_recheck(path: Path) -> None:
    """An hour between rechecks: it is the folder that tells."""
    book = RouteBook(path)
    async with watching(book, recheck_ms=3_600_000) as watched, asyncio.TaskGroup() as tasks:
        got = tasks.create_task(watched.tables.get())
        version = 0
        while not got.done():
            # Until the watcher has begun to listen, which nothing tells from outside.
            replace(path, routes(f"new{version}"))
            version += 1
            await asyncio.wait([got], timeout=0.3)

    assert answering(book).startswith("new")


async def test_a_failure_is_reported_and_the_next_right_file_is_taken(path: Path) -> None:
    """The watcher outlives bad files, and says the same thing once only."""
    book = RouteBook(path)
    async with watching(book) as watched:
        replace(path, "[[route]]\n")
        failure = await watched.failures.get()
        remove(path)
        gone = await watched.failures.get()
        replace(path, routes("new"))
        await watched.tables.get()

    assert "name is required" in str(failure)
    assert "cannot be read" in str(gone)
    assert watched.failures.empty()
    assert answering(book) == "new"


async def test_a_system_that_cannot_notify_costs_no_more_than_the_recheck(path: Path) -> None:
    """Out of inotify instances, which a node's pods of one user share: the gateway runs, and takes new routes."""
    book = RouteBook(path)
    replace(path, routes("new"))
    with one_more_descriptor():  # for reading the file; to be notified takes more
        async with watching(book) as watched:
            await watched.tables.get()

    assert answering(book) == "new"


async def test_a_folder_may_be_away_for_a_while(path: Path) -> None:
    """A deployment that replaces the folder of the routes ends no calls."""
    book = RouteBook(path)
    shutil.rmtree(path.parent)
    async with watching(book) as watched:
        gone = await watched.failures.get()
        path.parent.mkdir()
        replace(path, routes("new"))
        await watched.tables.get()

    assert "cannot be read" in str(gone)
    assert answering(book) == "new"


@pytest.mark.parametrize(
    ("name", "concerns"),
    [
        ("routes.toml", True),
        ("..data", True),
        ("..2026_01_02", True),
        ("gateway.db-wal", False),
        ("routes.toml.new", False),
    ],
)
def test_other_files_of_the_folder_are_no_news(path: Path, name: str, *, concerns: bool) -> None:
    """A database beside the routes is written all the time."""
    assert _filter(path)(Change.modified, str(path.with_name(name))) is concerns
