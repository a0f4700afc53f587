"""What becomes of calls while the store is away."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.calls import Carrier
from gateway.simulator.call import place_call
from gateway.simulator.plan import HangUpStyle
from gateway.simulator.report import EndedBy
from tests.e2e.calls import is_settled, only_session, verbs
from tests.fakes.sounds import chirps, wav
from tests.fakes.until import until
from tests.fakes.valkey import Valkey
from tests.fakes.world import World, open_world

SPEECH = wav(chirps(1.0))


@pytest.fixture
def store(tmp_path: Path) -> Valkey:
    return Valkey(tmp_path)


@pytest.fixture
async def world(tmp_path: Path, store: Valkey) -> AsyncIterator[World]:
    with store:
        async with open_world(tmp_path, sandbox={"counterpart": "echo"}, store={"url": store.url}) as opened:
            yield opened


async def is_up(world: World) -> None:
    """Wait until the caller is heard."""
    await until(lambda: any(relay.counts.frames_in > 20 for relay in world.gateway.switchboard.live()))


@pytest.mark.parametrize("carrier", Carrier)
async def test_a_caller_who_comes_back_meanwhile_is_kept(world: World, store: Valkey, carrier: Carrier) -> None:
    """The carrier asks what to do while the store is away, waits a moment, and is let back in."""
    leaves = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        plan = world.plan(carrier, speech=SPEECH, hangup_on_silence_s=None, hangs_up_now=leaves.is_set)
        placed = tasks.create_task(place_call(plan))
        await is_up(world)
        await asyncio.to_thread(store.stop)
        (relay,) = world.gateway.switchboard.live()
        relay.carrier._socket._transport.disconnect(graceful=False)  # type: ignore[attr-defined]  # as a network would
        await until(lambda: len(world.gateway.switchboard) == 0)
        await asyncio.to_thread(store.start)
        await is_up(world)
        leaves.set()
    report = placed.result()

    assert verbs(report) == ["Connect", "Redirect", "Connect"]
    assert report.ended_by is EndedBy.CALLER
    await until(lambda: is_settled(world))
    assert [check.duplicates + check.late for check in only_session(world).journal.sequences.values()] == [0]


@pytest.mark.parametrize("style", HangUpStyle)
async def test_a_caller_who_hangs_up_meanwhile_leaves_nothing_behind(
    world: World, store: Valkey, style: HangUpStyle
) -> None:
    """As soon as the store is back the session is ended and the call forgotten; no window has to pass."""
    leaves = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        plan = world.plan(
            Carrier.TWILIO, speech=SPEECH, hangup_on_silence_s=None, hangs_up_now=leaves.is_set, hang_up=style
        )
        placed = tasks.create_task(place_call(plan))
        await is_up(world)
        await asyncio.to_thread(store.stop)
        leaves.set()
        assert (await placed).ended_by is EndedBy.CALLER
        await until(lambda: len(world.gateway.switchboard) == 0)
        await asyncio.to_thread(store.start)
    await until(lambda: is_settled(world))


async def test_a_caller_whose_socket_drops_as_they_hang_up_leaves_nothing_behind(world: World) -> None:
    """The carrier says that the call is over while its lost socket is being written down: nobody waits for it."""
    for _ in range(5):
        plan = world.plan(Carrier.TELNYX, speech=SPEECH, hangup_after_s=0.3, hang_up=HangUpStyle.DROP)
        await place_call(plan)
        await until(lambda: is_settled(world))
