"""Runs a load: several processes that call, one that adds up."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec

from gateway.errors import ConfigError
from gateway.simulator.load.plan import LoadPlan
from gateway.simulator.load.result import Result
from gateway.simulator.load.tally import Sample
from gateway.simulator.load.usage import usage
from gateway.simulator.load.worker import Order

CALLS_A_PROCESS = 300
"""What one process carries with time to spare, on a core that it has for itself."""
_LINE_BYTES = 1 << 20
"""More than a sample takes."""
_STOP_S = 5.0


def enough_processes(calls: int) -> int:
    """How many processes so many calls at once take; one core is left to the gateway where there are several."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    return max(1, min(-(-calls // CALLS_A_PROCESS), cores - 1))


async def run_load(
    plan: LoadPlan,
    *,
    processes: int,
    pid: int | None,
    told: Callable[[Result], None],
    stop: asyncio.Event | None = None,
) -> Result:
    """Run a load to its end; `told` is called each second with what there is by then.

    With `stop`, nobody calls any more and everybody hangs up: the result is of what was until then, and says so.

    Raises:
        ConfigError: it cannot be run; every problem is named.
    """
    plan.check()
    if pid is not None and usage(pid) is None:
        raise ConfigError([f"pid {pid} is no process that can be looked at here"])
    arrivals = plan.schedule()
    result = Result(_title(plan), processes)
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(_worker()) for _ in range(processes)]
        for worker in workers:
            await worker.ready()
        began_ns = time.perf_counter_ns()
        async with asyncio.TaskGroup() as tasks:
            beside = [tasks.create_task(_watch(result, began_ns, pid, told))]
            if stop is not None:
                beside.append(tasks.create_task(_stop(stop, workers, result, began_ns)))
            async with asyncio.TaskGroup() as working:
                for place, worker in enumerate(workers):
                    working.create_task(worker.work(Order(plan, arrivals[place::processes], began_ns), result))
            for task in beside:
                task.cancel()
    return result


async def _stop(stop: asyncio.Event, workers: Sequence["_Worker"], result: Result, began_ns: int) -> None:
    await stop.wait()
    result.stopped_s = (time.perf_counter_ns() - began_ns) / 1e9
    for worker in workers:
        worker.stop()


def _title(plan: LoadPlan) -> str:
    faults = f", faults: {' '.join(plan.faults)} (seed {plan.seed})" if plan.faults else ""
    return (
        f"{' and '.join(plan.carriers)}: {plan.calls} calls at once ({plan.arrivals}, {plan.ramp_s:g} s), "
        f"{plan.hold_s:g} s each, for {plan.duration_s:g} s{faults}"
    )


class _Worker:
    """A process of the generator."""

    def __init__(self, process: asyncio.subprocess.Process, to: asyncio.StreamWriter, of: asyncio.StreamReader) -> None:
        self._process = process
        self._to = to
        self._of = of
        self._stopped = False

    async def ready(self) -> None:
        """Return when it has started."""
        await self._of.readline()

    async def work(self, order: Order, result: Result) -> None:
        """Let it carry out the order; what it tells goes into the result, and so does that it did not."""
        decoder = msgspec.json.Decoder(Sample)
        self._to.write(msgspec.json.encode(order) + b"\n")
        with contextlib.suppress(ConnectionError):  # it is gone already: how, its exit code tells
            await self._to.drain()
        async for line in self._of:
            result.add(decoder.decode(line))
        code = await self._process.wait()
        if code and not (self._stopped and code == -signal.SIGTERM):  # stopped before it could listen to that
            result.broken.append(f"a process of the generator ended with code {code}, and its calls with it")

    def stop(self) -> None:
        """Let its callers hang up, and it end then."""
        self._stopped = True
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()


@asynccontextmanager
async def _worker() -> AsyncIterator[_Worker]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway.simulator.load.worker"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE_BYTES,
        # A terminal's Ctrl-C is for this process, which tells that one, from its first moment. Not a session of its
        # own: Linux shares a busy machine's time among sessions, and the generator would get more than the gateway.
        preexec_fn=os.setpgrp,  # uvloop takes no `process_group`
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield _Worker(process, process.stdin, process.stdout)
    finally:
        if process.returncode is None:
            process.terminate()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_STOP_S):
                    await process.wait()
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _watch(result: Result, began_ns: int, pid: int | None, told: Callable[[Result], None]) -> None:
    """Look at the gateway's process, and tell, each second."""
    second = 0
    while True:
        due_ns = began_ns + (second + 1) * 1_000_000_000
        await asyncio.sleep(max(0.0, (due_ns - time.perf_counter_ns()) / 1e9))
        if pid is not None:
            result.second(second).usage = usage(pid)
        told(result)
        second += 1
