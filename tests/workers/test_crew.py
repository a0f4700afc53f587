import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from prometheus_client import CollectorRegistry

from gateway.clock import SystemClock
from gateway.telemetry.worker_metrics import WorkerMetrics
from gateway.workers.crew import Crew
from gateway.workers.process import Launch
from gateway.workers.pulse import Pulse, PulsePolicy
from tests.fakes.until import until
from tests.workers.stub import CUTS, GONE_AT_ONCE, STUB, STUBBORN, WELL


class Watched:
    """A crew of stubs, and what is told of it."""

    def __init__(
        self, mode: str, size: int, policy: PulsePolicy, tasks: asyncio.TaskGroup, listener: socket.socket
    ) -> None:
        self.registry = CollectorRegistry()
        launch = Launch((sys.executable, str(STUB), mode), listener)
        self.crew = Crew(
            launch,
            size,
            Pulse(httpx.AsyncClient(trust_env=False), policy),
            tasks,
            SystemClock(),
            WorkerMetrics(self.registry, size),
        )
        self.at_once = asyncio.Event()

    def figure(self, name: str, worker: int) -> float:
        return self.registry.get_sample_value(f"gateway_worker_{name}", {"worker": str(worker)}) or 0.0

    def pids(self) -> dict[int, int]:
        return {number: worker.pid for number, worker in self.crew._running.items()}


@asynccontextmanager
async def crew_of(mode: str, size: int = 2, policy: PulsePolicy | None = None) -> AsyncIterator[Watched]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            yield Watched(mode, size, policy or PulsePolicy(), tasks, listener)


async def test_all_come_up_and_go_in_good_order() -> None:
    """Each under its number; nobody was cut off."""
    async with crew_of(WELL, 3) as watched:
        assert await watched.crew.open()
        await until(lambda: len(watched.crew.up()) == 3)
        assert watched.crew.up() == {number: f"http://127.0.0.1:{1000 + number}" for number in range(3)}
        assert watched.figure("up", 2) == 1

        assert await watched.crew.close(watched.at_once)
    assert watched.crew.up() == {}
    assert watched.figure("up", 2) == 0


async def test_what_none_can_use_is_complained_of_once() -> None:
    """Where the first does not come up the others are not even started."""
    async with crew_of(GONE_AT_ONCE) as watched:
        assert not await watched.crew.open()
        assert watched.pids() == {}
        assert watched.figure("restarts_total", 0) == 0


async def test_one_that_dies_is_started_again_under_its_number() -> None:
    """The other does not notice."""
    async with crew_of(WELL) as watched:
        await watched.crew.open()
        await until(lambda: len(watched.crew.up()) == 2)
        before = watched.pids()
        os.kill(before[1], signal.SIGKILL)
        await until(lambda: watched.figure("restarts_total", 1) == 1 and watched.figure("up", 1) == 1)

        after = watched.pids()
        assert after[0] == before[0]
        assert after[1] != before[1]
        assert await watched.crew.close(watched.at_once)


async def test_one_that_hangs_is_killed_and_started_again() -> None:
    """Its callers heard nothing, and their carriers did not know: nobody answers at a stub's port."""
    async with crew_of(WELL, 1, PulsePolicy(every_s=0.01, misses=2)) as watched:
        await watched.crew.open()
        await until(lambda: watched.figure("restarts_total", 0) >= 1)
        await until(lambda: watched.figure("up", 0) == 1)
        await watched.crew.close(watched.at_once)


async def test_one_that_dies_while_all_leave_stays_away() -> None:
    """It would take calls that the others are told not to take. That it died is not good order."""
    async with crew_of(WELL) as watched:
        await watched.crew.open()
        await until(lambda: len(watched.crew.up()) == 2)
        watched.crew.leave()
        os.kill(watched.pids()[0], signal.SIGKILL)
        await until(lambda: len(watched.pids()) == 1)

        assert not await watched.crew.close(watched.at_once)
    assert watched.figure("restarts_total", 0) == 0


async def test_one_that_waits_to_be_started_again_holds_nobody_up() -> None:
    """It cut no call: others have resumed what it had."""
    async with crew_of(WELL) as watched:
        await watched.crew.open()
        await until(lambda: len(watched.crew.up()) == 2)
        os.kill(watched.pids()[1], signal.SIGKILL)
        await until(lambda: 1 not in watched.pids())

        assert await watched.crew.close(watched.at_once)


async def test_a_worker_that_cut_calls_is_told_of() -> None:
    """By the exit code of all."""
    async with crew_of(CUTS) as watched:
        await watched.crew.open()
        assert not await watched.crew.close(watched.at_once)


async def test_who_does_not_want_to_wait_need_not() -> None:
    """The second interrupt reaches workers that would have gone on."""
    async with crew_of(STUBBORN) as watched:
        await watched.crew.open()
        await until(lambda: len(watched.crew.up()) == 2)
        watched.at_once.set()
        assert await watched.crew.close(watched.at_once)


async def test_who_gives_up_while_they_start_waits_for_nobody() -> None:
    """A worker that has not come up has no calls."""
    async with crew_of(WELL) as watched, asyncio.TaskGroup() as tasks:
        opening = tasks.create_task(watched.crew.open())
        await until(lambda: len(watched.pids()) >= 1)
        closed = await watched.crew.close(watched.at_once)
    assert closed
    assert opening.done()


async def test_a_worker_that_cannot_be_started_is_one_that_died() -> None:
    """Out of processes or memory, the system may have some in a moment; where it is the first, there is no gateway."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            launch, metrics = Launch(("/nowhere/gateway",), listener), WorkerMetrics(CollectorRegistry(), 2)
            crew = Crew(launch, 2, Pulse(httpx.AsyncClient()), tasks, SystemClock(), metrics)
            assert not await crew.open()
