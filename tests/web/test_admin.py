import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from gateway.calls import Carrier
from tests.fakes.carriers import arrive, dial
from tests.fakes.until import until
from tests.fakes.world import World, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


async def test_live_calls_are_listed_without_numbers(world: World) -> None:
    """An operator sees which calls are up, and not whose they are."""
    async with httpx.AsyncClient() as client:
        _, url = await arrive(client, world, Carrier.TWILIO)
        async with await dial(url):
            await until(lambda: len(world.gateway.switchboard) == 1)
            listed = await client.get(f"{world.admin_url}/calls")
            (call,) = listed.json()["calls"]
            one = await client.get(f"{world.admin_url}/calls/{call['call_id']}")
    assert call["carrier"] == "twilio"
    assert call["route"] == "support"
    assert one.json()["call_id"] == call["call_id"]
    assert "4155550100" not in listed.text


async def test_an_unknown_call_is_not_found(world: World) -> None:
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{world.admin_url}/calls/call_x")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        pytest.param("GET", "/nothing", 404, "not_found", id="no-such-path"),
        pytest.param("GET", "/drain", 405, "method_not_allowed", id="not-to-be-read"),
        pytest.param("POST", "/console/static/console.css", 405, "method_not_allowed", id="not-to-be-written"),
    ],
)
async def test_what_no_route_fits_is_refused_as_all_else_is(
    world: World, method: str, path: str, status: int, code: str
) -> None:
    """A script that reads errors meets one shape of them, on either listener."""
    async with httpx.AsyncClient() as client:
        answer = await client.request(method, world.admin_url + path)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code


async def test_metrics_are_prometheus_text(world: World) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{world.admin_url}/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "gateway_build_info" in answer.text


async def test_the_console_shows_the_calls_and_does_not_hold_the_gateway_up(tmp_path: Path) -> None:
    """A page, events with the calls that are live, and an end to them when the gateway stops."""
    async with httpx.AsyncClient() as client, AsyncExitStack() as watching:
        async with open_world(tmp_path) as world:
            assert "Live calls" in (await client.get(f"{world.admin_url}/console")).text
            _, url = await arrive(client, world, Carrier.TELNYX)
            async with await dial(url):
                events = await watching.enter_async_context(client.stream("GET", f"{world.admin_url}/console/events"))
                lines = events.aiter_lines()
                told = [line async for line in _until_a_call(lines)]
        async with asyncio.timeout(5):
            assert not [line async for line in lines if "retry" in line]
    assert '"route":"support"' in told[-1]
    assert "4155550100" not in told[-1]


async def _until_a_call(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    async for line in lines:
        yield line
        if '"live":1' in line:
            return
