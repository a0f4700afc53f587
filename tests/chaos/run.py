"""Runs scenarios, one after the other in one world."""

import asyncio
import contextlib
import time

from gateway.clock import SystemClock
from gateway.errors import StoreUnavailableError
from tests.chaos.callers import Callers, calling
from tests.chaos.findings import Aftermath, Ended, Findings, find
from tests.chaos.machine import cpu_ticks
from tests.chaos.scenarios import Scale, Scenario, Struck
from tests.chaos.world import WINDOW_S, ChaosWorld
from tests.fakes.until import until

_LEAD_MS = 300
"""Between deciding who hangs up when, and the fault."""
_SPREAD_MS = 400
"""Over which those hang up who do so in the fault's moment."""
_RECOVERED_S = 15.0
_MORE_MS = 500
"""Sound that everybody hears after the fault before the calls are over."""
_SETTLED_S = WINDOW_S + 30.0
"""A lease and the window of a caller who may come back, and a few rounds of the reaper."""


async def run_scenario(world: ChaosWorld, scenario: Scenario, scale: Scale) -> Findings:
    """Bring calls up, let the fault strike, see the calls off, and look at what is left."""
    clock = SystemClock()
    earlier = len(world.failures())
    url = world.balancer.url
    untold = scale.untold if scenario.has_untold else 0
    async with calling(world.crowd, clock, url, calls=scale.calls, leaving=scale.leaving, untold=untold) as callers:
        callers.leave_around(clock.now_ms() + _LEAD_MS, _SPREAD_MS)
        await asyncio.sleep(_LEAD_MS / 1000)
        struck_ms = clock.now_ms()
        before = cpu_ticks()
        struck = await scenario.strike(world, callers, scale)
        await callers.hear_more(_MORE_MS, timeout_s=_RECOVERED_S)
        busy = cpu_ticks().busy_since(before)
    aftermath = await _settle(world, earlier)
    ended = [_ended(number, callers, struck, struck_ms) for number in callers.everybody]
    findings = find(scenario.name, scenario.limit_ms, ended, aftermath)
    findings.busy = busy
    findings.problems += struck.problems
    if findings.resumed < struck.expect_resumed:
        findings.problems.append(f"{findings.resumed} calls came back, {struck.expect_resumed} should have: no fault")
    await _heal(world)
    return findings


async def _settle(world: ChaosWorld, earlier_failures: int) -> Aftermath:
    began_s = time.perf_counter()

    async def is_over() -> bool:
        try:
            size = await world.ledger.size()
        except StoreUnavailableError:
            return False
        return size == 0 and all(session["status"] == "ended" for session in await world.sessions())

    with contextlib.suppress(TimeoutError):  # what is left is a finding
        await until(is_over, timeout_s=_SETTLED_S)
    settled_s = time.perf_counter() - began_s
    failures = world.failures()[earlier_failures:]
    return Aftermath(await world.sessions(), await world.ledger.size(), settled_s, failures)


def _ended(number: int, callers: Callers, struck: Struck, struck_ms: int) -> Ended:
    began_ms = callers.board.began_ms[number]
    healed_ms = None if struck.healed_ms is None else struck.healed_ms - began_ms
    return Ended(callers.reports[number], struck_ms - began_ms, healed_ms, number in callers.staying)


async def _heal(world: ChaosWorld) -> None:
    """Start what was killed, and forget what is half open."""
    world.balancer.cut()
    for replica in world.replicas:
        if not replica.command.is_running:
            await replica.start()
    await until(lambda: all(replica.backend.is_ready for replica in world.replicas))
