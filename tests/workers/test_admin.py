import asyncio
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from gateway.clock import SystemClock
from gateway.telemetry.worker_metrics import WorkerMetrics
from gateway.web.console.broadcast import Broadcast
from gateway.web.console.feed import Snapshot
from gateway.web.listener import listen, serving
from gateway.workers.admin import crew_app
from gateway.workers.desk import Desk
from tests.workers.peers import asking, urls


class OneCall:
    """A feed that shows nothing new."""

    def begin(self) -> None:
        pass

    def end(self) -> None:
        pass

    async def snapshot(self) -> bytes:
        return msgspec.json.encode(Snapshot(1, 0, []))


PAGE = httpx.Response(200, text="console", headers={"content-security-policy": "none"})
ANSWERS = {
    "/metrics": httpx.Response(200, text="# TYPE calls gauge\ncalls 1.0\n"),
    "/calls": httpx.Response(200, json={"calls": [{"call_id": "call_a"}]}),
    "/calls/call_a": httpx.Response(200, json={"state": "streaming"}),
    "/drain": httpx.Response(202, json={"draining": True, "calls": 1}),
    "/readyz": httpx.Response(200, json={"ready": True, "reasons": []}),
    "/console": PAGE,
    "/console/find?id=CA1": PAGE,
    "/console/calls/call_a": PAGE,
}


def worker(request: httpx.Request) -> httpx.Response:
    """One call, and a console."""
    if request.headers.get("if-none-match") == '"1"':
        return httpx.Response(304, headers={"etag": '"1"'})
    return ANSWERS.get(request.url.raw_path.decode(), httpx.Response(404, text="nothing"))


def app_before(workers: int, broadcast: Broadcast) -> Starlette:
    registry = CollectorRegistry()
    WorkerMetrics(registry, workers)
    return crew_app(Desk(lambda: urls(workers), lambda: None, asking(*[worker] * workers)), registry, broadcast)


def asked(workers: int) -> httpx.AsyncClient:
    """A client of the app before so many workers."""
    app = app_before(workers, Broadcast(OneCall(), SystemClock()))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")


async def test_one_scrape_holds_all() -> None:
    """The workers' metrics and the parent's."""
    async with asked(2) as client:
        answer = await client.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain")
    assert 'calls{worker="0"} 1.0' in answer.text
    assert 'calls{worker="1"} 1.0' in answer.text
    assert 'gateway_worker_restarts_total{worker="1"} 0.0' in answer.text


async def test_a_page_whose_name_leads_here_reads_no_calls_of_the_workers() -> None:
    """As with a gateway that runs alone."""
    app = app_before(2, Broadcast(OneCall(), SystemClock()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:9090") as client:
        for path in ("/calls", "/console"):
            assert (await client.get(path)).status_code == 200
            assert (await client.get(path, headers={"host": "evil.example:9090"})).status_code == 403


async def test_no_web_page_can_drain_the_workers() -> None:
    """As with a gateway that runs alone."""
    async with asked(2) as client:
        assert (await client.post("/drain", headers={"origin": "https://evil.example"})).status_code == 403


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("GET", "/drain", 405)])
async def test_what_no_route_fits_is_refused_as_by_one_gateway(method: str, path: str, status: int) -> None:
    """A script that reads errors need not know how many processes answer."""
    async with asked(1) as client:
        answer = await client.request(method, path)

    assert answer.status_code == status
    assert answer.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/livez", 200, "alive\n"),
        ("GET", "/readyz", 200, '{"ready":true,"reasons":[]}'),
        ("GET", "/calls", 200, '{"calls":[{"call_id":"call_a"},{"call_id":"call_a"}]}'),
        ("GET", "/calls/call_a", 200, '{"state":"streaming"}'),
        ("POST", "/drain", 202, '{"draining":true,"calls":2}'),
        ("GET", "/console", 200, "console"),
        ("GET", "/console/find?id=CA1", 200, "console"),
        ("GET", "/console/calls/call_a", 200, "console"),
        ("GET", "/console/elsewhere", 404, "nothing"),
        ("GET", "/console/%00", 404, "nothing"),
        ("GET", "/console/calls/%00", 404, "nothing"),
    ],
)
async def test_the_paths_are_those_of_one_gateway(method: str, path: str, status: int, body: str) -> None:
    """Whoever asks need not know how many processes answer."""
    async with asked(2) as client:
        answer = await client.request(method, path)

    assert (answer.status_code, answer.text) == (status, body)


async def test_a_page_comes_with_its_workers_headers() -> None:
    """What a browser is told not to do holds here too, and what it has it need not fetch again."""
    async with asked(1) as client:
        assert (await client.get("/console")).headers["content-security-policy"] == "none"
        unchanged = await client.get("/console/static/live.js", headers={"if-none-match": '"1"'})

    assert (unchanged.status_code, unchanged.headers["etag"]) == (304, '"1"')


async def test_the_events_are_of_all_workers() -> None:
    """They do not come from one of them, and are as protected as theirs."""
    broadcast = Broadcast(OneCall(), SystemClock())
    listener = listen("admin", "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/console/events"
    async with (
        asyncio.timeout(10),
        asyncio.TaskGroup() as tasks,
        serving(listener, app_before(1, broadcast), "httptools", "none", tasks),
        httpx.AsyncClient(trust_env=False) as client,
        client.stream("GET", url) as events,
    ):
        assert "content-security-policy" in events.headers
        data = [line async for line in _first(events, 4)]
        broadcast.close()

    assert data[-1] == 'data: {"live":1,"flagged":0,"calls":[]}'


async def _first(events: httpx.Response, lines: int) -> AsyncIterator[str]:
    async for line in events.aiter_lines():
        yield line
        lines -= 1
        if not lines:
            return


@pytest.mark.parametrize("path", ["/readyz", "/calls/call_a", "/console", "/console/calls/call_a"])
async def test_without_workers_it_says_so(path: str) -> None:
    """All of them are starting again."""
    async with asked(0) as client:
        answer = await client.get(path)

    assert answer.status_code == 503
    assert "no_worker" in answer.text
