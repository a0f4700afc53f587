"""Keeps the routes as their file has them while calls go on."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path

from watchfiles import Change, awatch

from gateway.calls import IncomingCall
from gateway.errors import ConfigError
from gateway.routing.load import parse_routes
from gateway.routing.routes import Route
from gateway.routing.table import RouteTable
from gateway.routing.toml import read_file
from gateway.telemetry.logs import logger

_log = logger("routes")

_KUBERNETES_LINK = ".."
"""A mounted ConfigMap is replaced by turning its link `..data` to another folder."""


class RouteBook:
    """The routes in force: those of the last file that was right.

    Raises:
        ConfigError: the file is wrong now, so there are none to begin with.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        data = read_file(path)
        self._table = parse_routes(data, str(path))
        self._seen: bytes | None = data

    @property
    def table(self) -> RouteTable:
        """The routes now; a call keeps the one it has found."""
        return self._table

    def find(self, call: IncomingCall) -> Route | None:
        """The route that answers the call, None where none does."""
        return self._table.find(call)

    def named(self, name: str) -> Route | None:
        """The route of that name, None where the file has none any more."""
        return self._table.named(name)

    def reload(self) -> bool:
        """Read the file again; False where it is as it was the last time, right, wrong or gone.

        Raises:
            ConfigError: it has changed and is wrong, or cannot be read any more; the routes stay as they were.
        """
        try:
            data = read_file(self.path)
        except ConfigError:
            if self._seen is None:
                return False
            self._seen = None
            raise
        if data == self._seen:
            return False
        self._seen = data
        self._table = parse_routes(data, str(self.path))
        return True


async def watch(
    book: RouteBook,
    *,
    on_reload: Callable[[RouteTable], None],
    on_failure: Callable[[ConfigError], None],
    recheck_ms: int = 5000,
) -> None:
    """Reload the book when its file changes, until cancelled.

    The folder is watched, as editors and Kubernetes replace files rather than write them. Every `recheck_ms` the
    file is read unasked: network file systems, and links to other folders, notify nobody.
    """
    async with aclosing(_occasions(book.path, recheck_ms)) as occasions:
        async for _ in occasions:
            try:
                # In a thread: thousands of routes take long enough to parse that audio would be late.
                changed = await asyncio.to_thread(book.reload)
            except ConfigError as exc:
                on_failure(exc)
            else:
                if changed:
                    on_reload(book.table)


async def _occasions(path: Path, recheck_ms: int) -> AsyncGenerator[None, None]:
    """Times to read the file: when it seems to have changed, and else every `recheck_ms`."""
    is_news = True
    while True:
        changes = awatch(
            path.parent, watch_filter=_filter(path), rust_timeout=recheck_ms, yield_on_timeout=True, recursive=False
        )
        try:
            async with aclosing(changes):
                async for _ in changes:
                    is_news = True
                    yield
        except (OSError, RuntimeError) as exc:
            # The folder is gone, or the system is out of what it notifies by: Linux gives all processes of a user 128
            # inotify instances between them. No call must end for that: the file is read unasked until it works again.
            if is_news:
                _log.warning("routes_not_watched", detail=str(exc), recheck_ms=recheck_ms)
            is_news = False
        await asyncio.sleep(recheck_ms / 1000)
        yield


def _filter(path: Path) -> Callable[[Change, str], bool]:
    """The changes that may concern the file; others in its folder, a database's for instance, do not."""

    def concerns(_change: Change, changed: str) -> bool:
        name = Path(changed).name
        return name == path.name or name.startswith(_KUBERNETES_LINK)

    return concerns
