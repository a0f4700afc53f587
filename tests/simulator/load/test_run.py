import asyncio
import os
import signal
from pathlib import Path

import pytest

from gateway.errors import ConfigError
from gateway.simulator.load.arrivals import Arrivals
from gateway.simulator.load.plan import LoadPlan
from gateway.simulator.load.result import Result
from gateway.simulator.load.run import enough_processes, run_load
from gateway.simulator.load.tally import Count
from tests.fakes.until import until
from tests.fakes.world import AUTH_TOKEN, open_world
from tests.simulator.fake_gateway import running

NOBODY = "http://127.0.0.1:1"


def generators() -> list[int]:
    """The processes of loads that run here (proc_pid_task(5), proc_pid_cmdline(5))."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return [
        int(pid) for pid in children if b"gateway.simulator.load.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


async def test_callers_who_are_not_let_in_are_counted(tmp_path: Path) -> None:
    """With the reason, once for all of them; what the gateway's process uses is seen meanwhile."""
    seen: list[int] = []
    async with open_world(tmp_path) as world:
        plan = LoadPlan(gateway_url=world.url, auth_token="wrong", calls=3, ramp_s=0, duration_s=1, hold_s=1)
        result = await run_load(
            plan, processes=1, pid=os.getpid(), told=lambda result: seen.append(len(result.seconds))
        )
    assert (result.count(Count.STARTED), result.count(Count.REFUSED), result.count(Count.LOST)) == (3, 3, 0)
    assert result.reasons == {"webhook failed: HTTP 403": 3}
    assert (result.figures()["memory_max_mib"] or 0) > 10 or not seen


async def test_a_load_that_cannot_be_run_is_not_begun() -> None:
    """Its plan is wrong, or there is nothing to look at."""

    def never(_: Result) -> None:
        raise AssertionError("it was begun")

    with pytest.raises(ConfigError, match="calls must be more than 0"):
        await run_load(LoadPlan(gateway_url=NOBODY, calls=0), processes=1, pid=None, told=never)
    with pytest.raises(ConfigError, match="pid 1073741824 is no process"):
        await run_load(LoadPlan(gateway_url=NOBODY), processes=1, pid=2**30, told=never)


def test_a_core_is_left_to_the_gateway() -> None:
    """And a small load takes one process."""
    assert enough_processes(1) == 1
    assert 1 <= enough_processes(100_000) <= max(1, (os.cpu_count() or 1) - 1)
    assert LoadPlan(gateway_url=NOBODY).arrivals is Arrivals.RAMP


async def test_a_gateway_that_is_not_there_refuses_everybody() -> None:
    """Said in words, as there is no status to quote."""
    plan = LoadPlan(gateway_url=NOBODY, auth_token="a", calls=2, ramp_s=0, duration_s=1, hold_s=1)
    result = await run_load(plan, processes=1, pid=None, told=lambda _: None)
    assert result.reasons == {"webhook failed: nobody answered": 2}


async def test_a_process_that_is_gone_before_it_knows_what_to_do_is_told_of() -> None:
    """A machine that has no room for it, say: the others place their calls."""
    plan = LoadPlan(gateway_url=NOBODY, auth_token="a", calls=2, ramp_s=0, duration_s=1, hold_s=1)
    async with asyncio.TaskGroup() as tasks:
        running_load = tasks.create_task(run_load(plan, processes=2, pid=None, told=lambda _: None))
        await until(lambda: bool(generators()), timeout_s=30)
        os.kill(generators()[0], signal.SIGKILL)
        result = await running_load
    assert result.reasons == {"webhook failed: nobody answered": 1}
    assert result.doubts()[0] == "a process of the generator ended with code -9, and its calls with it"


async def test_callers_who_lose_patience_before_they_are_connected_are_refused_with_that_reason() -> None:
    """Every call that was refused or lost has a reason."""
    waits = "<Response><Pause length='60'/></Response>"
    async with running({"/webhooks/twilio/voice": [waits], "/webhooks/twilio/status": [waits]}) as gateway:
        plan = LoadPlan(gateway_url=gateway.url, auth_token="secret", calls=1, ramp_s=0, duration_s=1, hold_s=0.3)
        result = await run_load(plan, processes=1, pid=None, told=lambda _: None)
    assert result.count(Count.REFUSED) == 1
    assert result.reasons == {"the caller hung up before there was a media stream": 1}


async def test_callers_of_a_load_that_is_stopped_hang_up(tmp_path: Path) -> None:
    """Nobody is lost, those who have not called do not, and the result says that it is not of the whole load."""
    stop = asyncio.Event()
    async with open_world(tmp_path) as world, asyncio.TaskGroup() as tasks:
        live = world.gateway.switchboard.live
        plan = LoadPlan(gateway_url=world.url, auth_token=AUTH_TOKEN, calls=3, ramp_s=600, duration_s=900, hold_s=900)
        running_load = tasks.create_task(run_load(plan, processes=2, pid=None, told=lambda _: None, stop=stop))
        await until(lambda: [relay.counts.frames_in > 0 for relay in live()] == [True], timeout_s=30)
        stop.set()
        result = await running_load
    assert (result.count(Count.STARTED), result.count(Count.COMPLETED), result.count(Count.LOST)) == (1, 1, 0)
    assert any("it was stopped after" in doubt for doubt in result.doubts())
