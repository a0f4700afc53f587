"""Runs several gateways as one, until it is told to stop."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Protocol

import httpx
from prometheus_client import CollectorRegistry

from gateway.clock import SystemClock
from gateway.errors import ConfigError
from gateway.settings.model import Settings
from gateway.telemetry.logs import logger
from gateway.telemetry.worker_metrics import WorkerMetrics
from gateway.web.console.broadcast import Broadcast
from gateway.web.listener import listen, serving
from gateway.workers.admin import crew_app
from gateway.workers.crew import Crew
from gateway.workers.desk import Desk
from gateway.workers.feed import CrewFeed
from gateway.workers.process import Launch
from gateway.workers.pulse import Pulse

_log = logger("workers")

_ASK_S = 3.0
"""For a worker's answer: less than Prometheus waits for ours."""

_LIMITS = httpx.Limits(max_connections=None)
"""All workers are asked at once, and followed for the console beside it."""


class Stop(Protocol):
    """What the operator wants by now."""

    @property
    def wanted(self) -> asyncio.Event:
        """To go in good order."""
        ...

    @property
    def at_once(self) -> asyncio.Event:
        """To go, whatever is left."""
        ...


async def run_workers(settings: Settings, size: int, command: Sequence[str], stop: Stop) -> bool:
    """Keep so many workers running, each started by the command; whether all went without cutting a call.

    Raises:
        ConfigError: the settings name what several processes cannot use, or what cannot be listened on.
    """
    _check(settings, size)
    clock = SystemClock()
    registry = CollectorRegistry()
    async with AsyncExitStack() as stack:
        public = stack.enter_context(listen("server", settings.server.host, settings.server.port))
        admin = stack.enter_context(listen("admin", settings.admin.host, settings.admin.port))
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=_ASK_S, limits=_LIMITS, trust_env=False))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        crew = Crew(Launch(command, public), size, Pulse(http), tasks, clock, WorkerMetrics(registry, size))
        broadcast = Broadcast(CrewFeed(size, crew.up, http, tasks), clock)
        app = crew_app(Desk(crew.up, crew.leave, http), registry, broadcast)
        await stack.enter_async_context(serving(admin, app, "httptools", "none", tasks))
        stack.callback(broadcast.close)
        _log.info("workers_starting", port=public.getsockname()[1], admin_port=admin.getsockname()[1], workers=size)
        return await _until_told(crew, stop, tasks)


def _check(settings: Settings, size: int) -> None:
    if settings.store.url.startswith("sqlite:"):
        # Nothing in a file tells one process that another has taken a call from it.
        raise ConfigError(
            [f"store.url: sqlite is for one process; --workers {size} needs one for several, redis:// or rediss://"]
        )


async def _until_told(crew: Crew, stop: Stop, tasks: asyncio.TaskGroup) -> bool:
    opening = tasks.create_task(crew.open())
    stopping = tasks.create_task(stop.wanted.wait())
    await asyncio.wait([opening, stopping], return_when=asyncio.FIRST_COMPLETED)
    if opening.done() and not opening.result():
        stopping.cancel()
        return False
    await stopping
    in_good_order = await crew.close(stop.at_once)
    _log.info("workers_stopped", in_good_order=in_good_order)
    return in_good_order
