"""Runs the demo: opens a world, has two callers call at once, and tells how it went."""

import asyncio
import tempfile
from pathlib import Path

import httpx
from rich.console import Console

from gateway.calls import Carrier
from gateway.demo.calls import DemoCall
from gateway.demo.checks import check_all
from gateway.demo.live import display_on
from gateway.demo.outcomes import conclude
from gateway.demo.report import print_report
from gateway.demo.sentences import COLD_HEARTED, MADE_AMIABLE
from gateway.demo.stages import webhook_stages
from gateway.demo.world import World, open_world
from gateway.simulator.report import CallReport

_SETTLING_S = 5.0
"""Given to the gateway to end its sessions after the calls; it takes milliseconds."""


async def run_demo(out: Path, console: Console, *, counterpart: str = "parrot") -> bool:
    """Whether every check holds; what was heard is written into `out`, which is there."""
    with tempfile.TemporaryDirectory(prefix="gateway-demo-") as folder:
        async with open_world(Path(folder), counterpart) as world:
            calls = [
                DemoCall(world, Carrier.TWILIO, "PCMU", MADE_AMIABLE),
                DemoCall(world, Carrier.TELNYX, "PCMA", COLD_HEARTED),
            ]
            reports = await _place(calls, console)
            calls_left = await _settle(world, calls)
            stages = webhook_stages(await _metrics(world))
    outcomes = [conclude(call, report, stages[call.carrier], out) for call, report in zip(calls, reports, strict=True)]
    checks = check_all(outcomes, calls_left)
    print_report(console, outcomes, checks)
    return all(check.holds for check in checks)


async def _place(calls: list[DemoCall], console: Console) -> list[CallReport]:
    """All at once, and shown."""
    display = display_on(console)
    for call in calls:
        console.print(f"{call.carrier.title()} caller: “{call.sentence.words}”", highlight=False)
    async with asyncio.TaskGroup() as tasks:
        shown = tasks.create_task(display.follow(calls))
        placed = [tasks.create_task(call.place(display.tell)) for call in calls]
        await asyncio.wait(placed)
        shown.cancel()
    return [task.result() for task in placed]


async def _settle(world: World, calls: list[DemoCall]) -> int:
    """Wait until the sessions are ended and the ledger is empty; how many calls it holds if it is not."""
    deadline = asyncio.get_running_loop().time() + _SETTLING_S
    while True:
        left = await world.gateway.ledger.size()
        over = left == 0 and all(call.session_ended for call in calls)
        if over or asyncio.get_running_loop().time() >= deadline:
            return left
        await asyncio.sleep(0.02)


async def _metrics(world: World) -> str:
    async with httpx.AsyncClient(trust_env=False) as http:
        return (await http.get(world.metrics_url)).raise_for_status().text
