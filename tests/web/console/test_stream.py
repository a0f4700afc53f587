import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from gateway.clock import SystemClock
from gateway.web.console.broadcast import Broadcast, BroadcastPolicy
from gateway.web.console.stream import LiveStream
from gateway.web.listener import listen
from tests.fakes.until import until


class Counter:
    """Numbers its snapshots."""

    def __init__(self) -> None:
        self.made = 0

    def begin(self) -> None:
        pass

    def end(self) -> None:
        pass

    async def snapshot(self) -> bytes:
        self.made += 1
        return b'{"live":%d}' % self.made


@asynccontextmanager
async def served(broadcast: Broadcast) -> AsyncIterator[str]:
    """Over a real connection: what happens when it breaks is what matters."""
    listener = listen("admin", "127.0.0.1", 0)
    app = Starlette(routes=[Route("/events", LiveStream(broadcast), methods=["GET"])])
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=3))
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/events"
        finally:
            broadcast.close()
            server.should_exit = True
            await serving
            listener.close()


@pytest.fixture
def counter() -> Counter:
    return Counter()


def broadcast(counter: Counter, **policy: int) -> Broadcast:
    return Broadcast(counter, SystemClock(), BroadcastPolicy(**policy))


async def test_snapshots_come_as_events(counter: Counter) -> None:
    """As a browser reads them: a time to come back in, then one numbered event after another."""
    shared = broadcast(counter, period_ms=20)
    async with served(shared) as url, httpx.AsyncClient() as client, client.stream("GET", url) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        lines = answer.aiter_lines()
        got = [await anext(lines) for _ in range(8)]
    assert got == ["retry: 2000", "", "id: 1", 'data: {"live":1}', "", "id: 2", 'data: {"live":2}', ""]


async def test_who_goes_away_is_not_told_any_more(counter: Counter) -> None:
    """A closed tab costs nothing from then on."""
    clock = SystemClock()
    shared = broadcast(counter, period_ms=20)
    async with served(shared) as url, httpx.AsyncClient() as client:
        async with client.stream("GET", url) as answer:
            await anext(answer.aiter_lines())
            await until(lambda: shared.viewers == 1)
        await until(lambda: shared.viewers == 0)
        made, left_ms = counter.made, clock.now_ms()
        await until(lambda: clock.now_ms() > left_ms + 60)
    assert counter.made == made


async def test_one_too_many_is_refused(counter: Counter) -> None:
    """With words, and not with a connection that hangs."""
    shared = broadcast(counter, max_viewers=1)
    async with served(shared) as url, httpx.AsyncClient() as client, client.stream("GET", url):
        refused = await client.get(url)
    assert refused.status_code == 503
    assert refused.json()["error"]["code"] == "too_many_viewers"


async def test_a_gateway_that_stops_lets_its_viewers_go(counter: Counter) -> None:
    """The stream ends by itself, long before the server would cut it."""
    shared = broadcast(counter, period_ms=60_000)
    async with served(shared) as url, httpx.AsyncClient() as client, client.stream("GET", url) as answer:
        lines = answer.aiter_lines()
        assert [await anext(lines) for _ in range(3)][2] == "id: 1"
        shared.close()
        async with asyncio.timeout(2):
            assert [line async for line in lines if line.startswith("id")] == []
