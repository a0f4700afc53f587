"""A replica that has to go: what becomes of its calls."""

import asyncio
from pathlib import Path

import httpx

from gateway.bridge.drain import DrainReport
from gateway.calls import Carrier
from gateway.simulator.call import place_call
from gateway.simulator.report import EndedBy
from tests.e2e.calls import is_settled, verbs
from tests.fakes.carriers import arrive
from tests.fakes.sounds import chirps, wav
from tests.fakes.until import until
from tests.fakes.world import World, open_world

SPEECH = wav(chirps(0.5))


async def streaming(world: World) -> None:
    """Wait until the call is up."""
    await until(lambda: any(relay.state == "streaming" for relay in world.gateway.switchboard.live()))


async def test_calls_end_by_themselves_while_there_is_time(tmp_path: Path) -> None:
    """A caller who hangs up before the deadline never learns of the drain."""
    async with open_world(tmp_path) as world, asyncio.TaskGroup() as tasks:
        placed = tasks.create_task(place_call(world.plan(Carrier.TWILIO, speech=SPEECH, hangup_after_s=1.0)))
        await streaming(world)
        assert await world.gateway.drain.run() == DrainReport(finished=1, moved=0, cut=0)
        assert (await placed).ended_by is EndedBy.CALLER


async def test_without_heirs_the_deadline_cuts_with_words(tmp_path: Path) -> None:
    """A single replica has nobody to hand over to: at the deadline callers are told, and sessions are ended."""
    drain = {"handover_after_s": 0.1, "deadline_s": 0.5}
    async with open_world(tmp_path, drain=drain) as world, asyncio.TaskGroup() as tasks:
        placed = tasks.create_task(place_call(world.plan(Carrier.TELNYX, speech=SPEECH, hangup_after_s=20)))
        await streaming(world)
        assert await world.gateway.drain.run() == DrainReport(finished=0, moved=0, cut=1)
        report = await placed
        assert verbs(report) == ["Connect", "Redirect", "Say", "Hangup"]
        await until(lambda: is_settled(world))


async def test_an_empty_replica_has_drained_at_once(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        assert await world.gateway.drain.run() == DrainReport(finished=0, moved=0, cut=0)


async def test_a_draining_replica_says_so_and_still_answers(tmp_path: Path) -> None:
    """`POST /drain` flips readiness first; a webhook that still comes is answered, its media lands elsewhere."""
    async with open_world(tmp_path, drain={"handover_after_s": 5}) as world, httpx.AsyncClient() as client:
        assert (await client.post(f"{world.admin_url}/drain")).status_code == 202
        ready = await client.get(f"{world.url}/readyz")
        assert ready.status_code == 503
        assert ready.json()["reasons"] == ["draining"]
        _, url = await arrive(client, world, Carrier.TWILIO)
        assert url.startswith("ws://")
        metrics = (await client.get(f"{world.admin_url}/metrics")).text
        assert "gateway_draining 1.0" in metrics
