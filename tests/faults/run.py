"""Runs loads with faults, several side by side, and a clean one of each kind to compare them with."""

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.calls import Carrier
from gateway.simulator.load.plan import LoadPlan
from gateway.simulator.load.run import run_load
from tests.fakes.world import AUTH_TOKEN, SIGNING_SEED
from tests.faults.findings import Carried, Findings, find
from tests.faults.patterns import Counterpart, Pattern
from tests.faults.world import Lane, open_lanes

SEED = 7
"""What `gateway load --seed` would be given to see the same."""

_RAMP_S = 0.4
"""In which all calls begin, and end: each is as much shorter than the load."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is called."""

    calls: int
    """At once, in each load."""
    seconds: float
    lanes: int = 3
    """Gateways for the loads with an echo; one more for those with a script."""
    is_apart: bool = True
    """Each carrier has loads of its own; else both are in each."""


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """A load that is to be run; without a pattern it is clean."""

    pattern: Pattern | None
    counterpart: Counterpart
    carriers: tuple[Carrier, ...]
    place: int = -1
    """Its pattern's, among all of them."""


async def play(patterns: Sequence[Pattern], scale: Scale, folder: Path) -> tuple[list[Findings], list[str]]:
    """A load with each pattern; what each came to, and the failures that the gateways have logged."""
    kinds = {pattern.counterpart: scale.lanes if pattern.counterpart is Counterpart.ECHO else 1 for pattern in patterns}
    jobs = {kind: deque(_jobs(patterns, kind, is_apart=scale.is_apart)) for kind in kinds}
    carried: dict[_Job, Carried] = {}
    async with open_lanes(folder, [kind for kind, lanes in kinds.items() for _ in range(lanes)]) as lanes:
        async with asyncio.TaskGroup() as tasks:
            for lane in lanes:
                tasks.create_task(_work(lane, jobs[lane.counterpart], scale, carried))
        failures = [failure for lane in lanes for failure in lane.command.failures()]
    found = [
        find(job.pattern, job.carriers, load, _clean(job, carried))
        for job, load in sorted(carried.items(), key=lambda item: (item[0].place, item[0].carriers))
        if job.pattern is not None
    ]
    return found, failures


def _jobs(patterns: Sequence[Pattern], kind: Counterpart, *, is_apart: bool) -> Iterator[_Job]:
    """Those of one counterpart, the clean ones first."""
    apart = [(carrier,) for carrier in Carrier] if is_apart else [tuple(Carrier)]
    for carriers in apart:
        yield _Job(None, kind, carriers)
    for place, pattern in enumerate(patterns):
        if pattern.counterpart is not kind:
            continue
        for together in apart:
            carriers = tuple(carrier for carrier in together if carrier in pattern.carriers)
            if carriers:
                yield _Job(pattern, kind, carriers, place)


def _clean(job: _Job, carried: Mapping[_Job, Carried]) -> Carried:
    """The clean load with the same counterpart and carriers."""
    return next(
        load
        for other, load in carried.items()
        if other.pattern is None and other.counterpart is job.counterpart and {*job.carriers} <= {*other.carriers}
    )


async def _work(lane: Lane, jobs: deque[_Job], scale: Scale, carried: dict[_Job, Carried]) -> None:
    """Run loads until none is left."""
    while jobs:
        job = jobs.popleft()
        before = await lane.scrape()
        result = await run_load(_plan(job, lane, scale), processes=1, pid=None, told=lambda _: None)
        carried[job] = Carried(result, before, await lane.scrape())


def _plan(job: _Job, lane: Lane, scale: Scale) -> LoadPlan:
    return LoadPlan(
        gateway_url=lane.url,
        carriers=job.carriers,
        auth_token=AUTH_TOKEN,
        signing_seed=SIGNING_SEED,
        calls=scale.calls,
        ramp_s=_RAMP_S,
        duration_s=scale.seconds,
        hold_s=scale.seconds - _RAMP_S,
        faults=(job.pattern.fault(scale.seconds),) if job.pattern is not None else (),
        seed=SEED,
    )
