"""The faults: what strikes, what is broken by it, and how the world is made whole again."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from tests.chaos.balancer import Backend
from tests.chaos.callers import Callers
from tests.chaos.world import ChaosWorld, Replica

_DRAIN_S = 30.0
"""For a replica that was asked to go: its deadline, farewells, sessions that are still being ended."""
_STORE_DOWN_S = 1.5

_BETWEEN_REPLICAS_S = 0.5

KALLGLOT_DOWN_S = 8.0


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of everything."""

    calls: int
    leaving: int
    replicas: int
    kallglot_down_s: float = KALLGLOT_DOWN_S
    drain_deadline_s: float = 5.0
    untold: int = 0
    """Of those who leave, in scenarios that take the time: callers whose carrier says no word of it, no `stop` and no
    status callback."""


@dataclass(frozen=True, slots=True)
class Struck:
    """What a scenario has done."""

    healed_ms: int | None = None
    """On the clock: from when on callers could be heard again without the carrier's help, where none is needed."""
    expect_resumed: int = 0
    """How many media sockets were lost, at least."""
    problems: Sequence[str] = ()
    """What has gone wrong with the fault itself."""


Strike = Callable[[ChaosWorld, Callers, Scale], Awaitable[Struck]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One fault."""

    name: str
    limit_ms: int
    """In which a caller who stays must be heard again."""
    strike: Strike
    only_in_full: bool = False
    has_untold: bool = False
    """Some callers leave without a word: their sessions wait for their window to pass, and so does the scenario."""


async def kill_a_replica(world: ChaosWorld, _callers: Callers, _scale: Scale) -> Struck:
    """SIGKILL: its connections are reset by the system, and it says nothing to anybody."""
    victim = world.replicas[0]
    lost = await world.live(victim)
    await victim.command.kill()
    return Struck(expect_resumed=lost // 2)


async def terminate_a_replica(world: ChaosWorld, _callers: Callers, _scale: Scale) -> Struck:
    """SIGTERM to one, as a cluster does that moves it."""
    victim = world.replicas[0]
    lost = await world.live(victim)
    return Struck(expect_resumed=lost // 2, problems=await _stop(victim))


async def restart_all_replicas(world: ChaosWorld, _callers: Callers, scale: Scale) -> Struck:
    """One after the other, as a deploy does: the next goes when the one before is ready again."""
    problems = []
    for replica in world.replicas:
        problems += await _stop(replica)
        await replica.start()
    return Struck(expect_resumed=scale.calls // 2, problems=problems)


async def _stop(replica: Replica) -> list[str]:
    """SIGTERM, and what is wrong with the way it went."""
    command = replica.command
    try:
        code = await command.ask_to_stop(_DRAIN_S)
    except TimeoutError:
        await command.kill()
        return [f"{command.name} did not go within {_DRAIN_S:g} s"]
    return [f"{command.name} ended with {code}"] if code else []


async def cut_kallglots_streams(world: ChaosWorld, callers: Callers, _scale: Scale) -> Struck:
    """Every session's socket is dropped by Kallglot; it takes new ones at once."""
    open_ones = [session["id"] for session in await world.sessions() if session["open_sockets"]]
    struck_ms = callers.clock.now_ms()
    async with asyncio.TaskGroup() as tasks:
        for session_id in open_ones:
            tasks.create_task(world.http.post(f"{world.sandbox_url}/sandbox/sessions/{session_id}/cut"))
    return Struck(healed_ms=struck_ms)


async def take_kallglot_away(world: ChaosWorld, callers: Callers, scale: Scale) -> Struck:
    """The road to Kallglot is closed: what was open is reset, what is tried is refused. Its sessions survive."""
    world.road.refuse()
    world.road.cut()
    await asyncio.sleep(scale.kallglot_down_s)
    await world.road.accept()
    return Struck(healed_ms=callers.clock.now_ms())


async def restart_the_store(world: ChaosWorld, _callers: Callers, _scale: Scale) -> Struck:
    """Killed, and started again with its file; a third of the media sockets are lost in the same moment."""
    world.valkey.stop()
    lost = sum(world.balancer.cut_media(replica.backend, one_in=3) for replica in world.replicas)
    await asyncio.sleep(_STORE_DOWN_S)
    await asyncio.to_thread(world.valkey.start)
    return Struck(expect_resumed=lost // 2)


async def reset_media_sockets(world: ChaosWorld, _callers: Callers, _scale: Scale) -> Struck:
    """All of them, on both sides, replica after replica."""
    return await _replica_after_replica(world, world.balancer.cut_media)


async def silence_media_sockets(world: ChaosWorld, _callers: Callers, _scale: Scale) -> Struck:
    """All of them: nothing gets through any more, and neither side is told."""
    return await _replica_after_replica(world, world.balancer.silence_media)


async def _replica_after_replica(world: ChaosWorld, strike: Callable[[Backend], int]) -> Struck:
    # Everybody's in the same instant would measure how fast one machine can play sixty carriers that dial at once.
    lost = 0
    for replica in world.replicas:
        lost += strike(replica.backend)
        await asyncio.sleep(_BETWEEN_REPLICAS_S)
    return Struck(expect_resumed=lost // 2)


SCENARIOS = (
    Scenario("replica killed", 1_000, kill_a_replica, has_untold=True),
    Scenario("replica terminated", 1_000, terminate_a_replica, only_in_full=True),
    Scenario("all replicas restarted", 1_000, restart_all_replicas),
    Scenario("kallglot's streams cut", 1_000, cut_kallglots_streams),
    Scenario("kallglot away", 3_000, take_kallglot_away),
    Scenario("store restarted", 3_000, restart_the_store),
    Scenario("media sockets reset", 1_000, reset_media_sockets),
    Scenario("media sockets silent", 1_000, silence_media_sockets),
)
