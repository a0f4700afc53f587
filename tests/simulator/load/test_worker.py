import asyncio
import resource
import sys
import time
from pathlib import Path

from gateway.calls import Carrier
from gateway.simulator.load.plan import LoadPlan
from gateway.simulator.load.result import Result
from gateway.simulator.load.tally import Count, Figure
from gateway.simulator.load.worker import Order, run
from tests.fakes.world import AUTH_TOKEN, SIGNING_SEED, open_world


async def load(folder: Path, **changes: object) -> Result:
    """A load of one process, which is this one."""
    result = Result("", 1)
    async with open_world(folder, sandbox={"counterpart": "echo"}) as world:
        plan = LoadPlan(
            gateway_url=world.url,
            auth_token=AUTH_TOKEN,
            signing_seed=SIGNING_SEED,
            **{"ramp_s": 0.1, "hold_s": 10, **changes},  # type: ignore[arg-type]
        )
        await run(Order(plan, plan.schedule(), time.perf_counter_ns()), result.add, asyncio.Event())
    return result


async def test_a_load_measures_what_it_says(tmp_path: Path) -> None:
    """Both carriers' callers through a gateway and an echo: every probe comes back, and nothing is missing."""
    carriers = (Carrier.TELNYX, Carrier.TWILIO)
    result = await load(tmp_path, carriers=carriers, codec="PCMA", calls=2, duration_s=1.6)
    figures = result.figures()
    assert (figures["started"], figures["completed"], figures["lost"], figures["refused"]) == (2, 2, 0, 0)
    assert result.count(Count.HEARD) == 2
    assert result.count(Count.FRAMES_SENT) > 100
    assert (result.count(Count.PROBES_FOUND), result.count(Count.PROBES_LOST)) == (4, 0)
    assert (result.count(Count.LOST_MS), result.count(Count.INSERTED_MS)) == (0, 0)
    assert result.spread(Figure.ADDED).count > 5
    assert (figures["setup_p50_ms"] or 0) >= (figures["webhook_p50_ms"] or 0) > 0
    assert (figures["round_trip_max_ms"] or 0) > (figures["added_p50_ms"] or 0)
    assert result.count(Count.COMPLAINTS) == 0


async def test_a_faulty_carrier_loses_no_call(tmp_path: Path) -> None:
    """Sockets that die without a word, frames that come twice, and nobody who reads in time."""
    faults = ("half_open:at=400,ms=100", "slow_read:ms=30", "duplicate:share=0.1", "gaps:after=100", "late_marks:ms=50")
    result = await load(tmp_path, calls=2, duration_s=1.5, faults=faults)
    assert (result.count(Count.COMPLETED), result.count(Count.LOST)) == (2, 0)
    assert result.count(Count.RESUMED) >= 2
    assert result.count(Count.PROBES_FOUND) >= 2


async def test_a_process_of_a_load_opens_as_many_sockets_as_the_system_allows() -> None:
    """The shell's soft limit, 1,024 or 256, is for less than a load: calls beyond it would seem to be refused."""
    command = f"ulimit -Sn 64; exec {sys.executable} -m gateway.simulator.load.worker"
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", command), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"ready\n"
        soft, hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
    finally:
        process.kill()
        await process.wait()
    assert soft == hard > 64


async def test_a_call_that_is_over_counts_no_more_while_its_callbacks_are_late(tmp_path: Path) -> None:
    """A caller who comes when the one before has hung up: they are never two at once."""
    result = await load(tmp_path, calls=1, hold_s=0.7, duration_s=1.75, faults=("late_callbacks:ms=2000",))
    assert result.count(Count.COMPLETED) == 2
    assert result.figures()["peak_calls"] == 1
