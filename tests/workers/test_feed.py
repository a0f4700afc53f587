import asyncio
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest

from gateway.web.console.feed import FlagUp, LiveCall, Snapshot
from gateway.workers.feed import CrewFeed, together
from tests.fakes.until import until
from tests.workers.peers import asking, urls


def call(name: str, seconds: int, *, flagged: bool = False) -> LiveCall:
    flags = [FlagUp("Dead air", 3)] if flagged else []
    return LiveCall(name, "twilio", "all", "Streaming", seconds, 0, None, None, flags, [])


def snapshot(*calls: LiveCall, live: int | None = None) -> Snapshot:
    return Snapshot(len(calls) if live is None else live, sum(bool(one.flags) for one in calls), list(calls))


def names(shown: Snapshot) -> list[str]:
    return [one.id for one in shown.calls]


def test_the_newest_come_first_whoever_carries_them() -> None:
    """The page looks as if there were one gateway."""
    shown = together([snapshot(call("b", 2), call("d", 9)), snapshot(call("a", 1), call("c", 5), live=70)])

    assert names(shown) == ["a", "b", "c", "d"]
    assert (shown.live, shown.flagged) == (72, 0)


def test_where_there_are_too_many_those_in_trouble_are_shown() -> None:
    """However old they are."""
    shown = together([snapshot(call("new", 1), call("ill", 99, flagged=True)), snapshot(call("old", 50))], most=2)

    assert names(shown) == ["new", "ill"]
    assert (shown.live, shown.flagged) == (3, 1)


class Events:
    """A worker's events."""

    def __init__(self, first: Snapshot) -> None:
        self._first = first
        self.watched = 0

    def answer(self, _request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=self._told())

    async def _told(self) -> AsyncIterator[bytes]:
        self.watched += 1
        try:
            yield b"retry: 2000\n\nid: 1\ndata: " + msgspec.json.encode(self._first) + b"\n\n"
            await asyncio.Event().wait()
        finally:
            self.watched -= 1


async def test_the_workers_are_listened_to_while_somebody_watches() -> None:
    """The first snapshot has them all, and afterwards it costs them nothing."""
    events = [Events(snapshot(call("a", 1))), Events(snapshot(call("b", 2)))]
    async with asyncio.TaskGroup() as tasks:
        feed = CrewFeed(2, lambda: urls(2), asking(*(one.answer for one in events)), tasks)
        feed.begin()
        assert names(msgspec.json.decode(await feed.snapshot(), type=Snapshot)) == ["a", "b"]
        feed.end()
        await until(lambda: not any(one.watched for one in events))


@pytest.mark.parametrize("up", [0, 1], ids=["none-up", "one-gone"])
async def test_a_worker_that_says_nothing_holds_up_no_page(up: int) -> None:
    async with asyncio.TaskGroup() as tasks:
        feed = CrewFeed(1, lambda: urls(up), asking(), tasks)
        feed.begin()
        async with asyncio.timeout(5):
            assert msgspec.json.decode(await feed.snapshot(), type=Snapshot) == snapshot()
        feed.end()
