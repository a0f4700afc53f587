"""One process of a load: `ready`, an order on standard input, a sample a second on standard output, as JSON lines."""

import asyncio
import contextlib
import resource
import signal
import ssl
import sys
import time
from collections.abc import Callable, Sequence

import httpx
import msgspec
import uvloop
from msgspec import Struct

from gateway.clock import SystemClock
from gateway.descriptors import raise_limit
from gateway.simulator.load.arrivals import Arrival
from gateway.simulator.load.callers import Callers
from gateway.simulator.load.plan import LoadPlan
from gateway.simulator.load.tally import Sample, Tally
from gateway.simulator.load.ticker import Ticker

_SECOND_NS = 1_000_000_000
_AHEAD_S = 0.5
"""A call's task is made so long before its time, and not an hour."""


class Order(Struct):
    """What a process is told, once."""

    plan: LoadPlan
    arrivals: list[Arrival]
    began_ns: int
    """When the load begins, on `time.perf_counter_ns`, which all processes of a machine share."""


async def run(order: Order, told: Callable[[Sample], None], stop: asyncio.Event) -> None:
    """Place the calls of an order; a sample is told each second and once more when the last call has ended.

    With `stop` the order is cut short: no more calls, and every caller hangs up.
    """
    tally = Tally()
    ticker = Ticker(tally)
    is_secure = order.plan.gateway_url.startswith("https:")
    tls = ssl.create_default_context() if is_secure else None
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
    async with (
        httpx.AsyncClient(verify=is_secure, trust_env=False, limits=limits) as http,
        asyncio.TaskGroup() as tasks,
    ):
        callers = Callers(order.plan, tally, ticker, http, SystemClock(), hang_up=stop.is_set, tls=tls)
        turning = tasks.create_task(ticker.run())
        telling = tasks.create_task(_tell(order.began_ns, tally, told))
        await _place(callers, order.arrivals, order.began_ns, stop)
        telling.cancel()
        turning.cancel()
    second = max(0, (time.perf_counter_ns() - order.began_ns) // _SECOND_NS)
    told(tally.take(second, 0.0))


async def _place(callers: Callers, arrivals: Sequence[Arrival], began_ns: int, stop: asyncio.Event) -> None:
    async def at_its_time(arrival: Arrival) -> None:
        await asyncio.sleep(_until_s(began_ns, arrival.at_ms))
        if not stop.is_set():
            await callers.call(arrival)

    async with asyncio.TaskGroup() as calls:
        for arrival in arrivals:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, _until_s(began_ns, arrival.at_ms) - _AHEAD_S)):
                    await stop.wait()
                return
            calls.create_task(at_its_time(arrival))


def _until_s(began_ns: int, at_ms: int) -> float:
    return max(0.0, (began_ns + at_ms * 1_000_000 - time.perf_counter_ns()) / _SECOND_NS)


async def _tell(began_ns: int, tally: Tally, told: Callable[[Sample], None]) -> None:
    second, cpu_s = 0, _cpu_s()
    while True:
        await asyncio.sleep(_until_s(began_ns, 1000 * (second + 1)))
        before_s, cpu_s = cpu_s, _cpu_s()
        told(tally.take(second, cpu_s - before_s))
        second += 1


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """What a process of a load does."""
    raise_limit()  # a caller who finds no socket left here would hold it against the gateway
    print("ready", flush=True)  # noqa: T201 - standard output is what the process is talked to by
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    encoder = msgspec.json.Encoder()

    def told(sample: Sample) -> None:
        sys.stdout.buffer.write(encoder.encode(sample) + b"\n")
        sys.stdout.buffer.flush()

    uvloop.run(_until_stopped(order, told))


async def _until_stopped(order: Order, told: Callable[[Sample], None]) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await run(order, told, stop)


if __name__ == "__main__":
    main()
