import asyncio
import sys

import httpx
import pytest

from gateway.cli.signals import Stop
from gateway.errors import ConfigError
from gateway.settings.model import Settings
from gateway.workers.run import run_workers
from tests.fakes.until import until
from tests.fakes.valkey import free_port
from tests.workers.stub import CUTS, GONE_AT_ONCE, STUB, WELL


async def run(mode: str, stop: Stop, store_url: str = "redis://127.0.0.1:1/0", admin_port: int = 0) -> bool:
    settings = Settings.model_validate(
        {
            "server": {"host": "127.0.0.1", "port": 0},
            "admin": {"host": "127.0.0.1", "port": admin_port},
            "store": {"url": store_url},
        }
    )
    async with asyncio.timeout(20):
        return await run_workers(settings, 2, (sys.executable, str(STUB), mode), stop)


@pytest.mark.parametrize(("mode", "in_good_order"), [(WELL, True), (CUTS, False)])
async def test_it_runs_until_it_is_told_to_stop(mode: str, in_good_order: bool) -> None:
    """All are up, which a scrape shows; then it is said whether one cut a call."""
    stop, admin_port = Stop(), free_port()
    async with httpx.AsyncClient(trust_env=False) as http, asyncio.TaskGroup() as tasks:

        async def all_are_up() -> bool:
            try:
                told = (await http.get(f"http://127.0.0.1:{admin_port}/metrics")).text
            except httpx.ConnectError:
                return False
            return all(f'gateway_worker_up{{worker="{number}"}} 1.0' in told for number in (0, 1))

        running = tasks.create_task(run(mode, stop, admin_port=admin_port))
        await until(all_are_up)
        stop.wanted.set()
    assert running.result() is in_good_order


async def test_who_stops_it_as_it_starts_does_not_wait() -> None:
    """No call was cut: there was none."""
    stop = Stop()
    stop.wanted.set()
    assert await run(WELL, stop)


async def test_workers_that_do_not_come_up_end_it() -> None:
    """Nobody has to stop what never ran."""
    assert not await run(GONE_AT_ONCE, Stop())


@pytest.mark.parametrize("url", ["sqlite:///gateway.db", "sqlite:///:memory:"])
async def test_a_store_for_one_process_is_refused(url: str) -> None:
    """Two would carry one call without knowing of each other."""
    with pytest.raises(ConfigError, match=r"store\.url: sqlite is for one process; --workers 2 needs"):
        await run(WELL, Stop(), url)
