import socket
from pathlib import Path

import httpx

from gateway.calls import Carrier
from tests.fakes.carriers import arrive, dial
from tests.fakes.until import until
from tests.fakes.world import open_world


async def test_a_gateway_that_works_is_alive_and_ready(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world, httpx.AsyncClient() as client:
        for base in (world.url, world.admin_url):
            assert (await client.get(f"{base}/livez")).status_code == 200
            assert (await client.get(f"{base}/readyz")).json() == {"ready": True, "reasons": []}


async def test_a_full_gateway_is_not_ready(tmp_path: Path) -> None:
    """Load balancers send the next caller elsewhere, and are told why."""
    async with open_world(tmp_path, admission={"max_calls": 1}) as world, httpx.AsyncClient() as client:
        _, url = await arrive(client, world, Carrier.TWILIO)
        async with await dial(url):
            await until(lambda: len(world.gateway.switchboard) == 1)
            answer = await client.get(f"{world.url}/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "reasons": ["full"]}


async def test_a_gateway_without_its_store_is_alive_and_not_ready(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world, httpx.AsyncClient() as client:
        await world.gateway.ledger.close()
        assert (await client.get(f"{world.url}/livez")).status_code == 200
        answer = await client.get(f"{world.url}/readyz")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["store_unavailable"]


async def test_a_store_that_hangs_is_told_of_while_somebody_still_listens(tmp_path: Path) -> None:
    """A probe that gives up learns nothing, and a parent takes a worker that says nothing for none."""
    with socket.create_server(("127.0.0.1", 0)) as hangs:
        url = f"redis://127.0.0.1:{hangs.getsockname()[1]}/0"
        async with open_world(tmp_path, store={"url": url}) as world, httpx.AsyncClient() as client:
            answer = await client.get(f"{world.url}/readyz", timeout=2.9)
    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["store_unavailable"]
