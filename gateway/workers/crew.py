"""Keeps the workers running until all are to go."""

import asyncio
import contextlib
import signal
from collections.abc import Mapping

from gateway.clock import Clock
from gateway.telemetry.logs import logger
from gateway.telemetry.worker_metrics import WorkerMetrics
from gateway.workers.process import Launch, Worker
from gateway.workers.pulse import Pulse
from gateway.workers.restarts import RestartPolicy, Restarts

_log = logger("workers")

_IN_GOOD_ORDER = frozenset({0, -signal.SIGTERM})
"""Exit codes of a worker that cut no call: one that was still starting is ended by the signal itself."""

_NOT_STARTED = 1
"""In place of an exit code."""


class Crew:
    """So many workers, by their numbers from 0. One that dies is started again under its number."""

    def __init__(
        self, launch: Launch, size: int, pulse: Pulse, tasks: asyncio.TaskGroup, clock: Clock, metrics: WorkerMetrics
    ) -> None:
        self._launch = launch
        self._size = size
        self._pulse = pulse
        self._tasks = tasks
        self._clock = clock
        self._metrics = metrics
        self._running: dict[int, Worker] = {}
        self._up: dict[int, Worker] = {}
        self._has_opened = asyncio.Event()
        self._leaving = asyncio.Event()
        self._keepers: list[asyncio.Task[int]] = []

    def up(self) -> Mapping[int, str]:
        """Where each can be asked that carries calls."""
        return {number: self._up[number].admin_url for number in sorted(self._up)}

    async def open(self) -> bool:
        """Start the first, and when it is up the others: what cannot be used is complained of once.

        Whether it came up; where it did not, it has said why.
        """
        self._keepers = [self._tasks.create_task(self._keep(0))]
        opened = self._tasks.create_task(self._has_opened.wait())
        await asyncio.wait([opened, *self._keepers], return_when=asyncio.FIRST_COMPLETED)
        opened.cancel()
        if self._has_opened.is_set():
            self._keepers += [self._tasks.create_task(self._keep(number)) for number in range(1, self._size)]
        return self._has_opened.is_set()

    def leave(self) -> None:
        """Start none again."""
        self._leaving.set()

    async def close(self, at_once: asyncio.Event) -> bool:
        """Have all of them drain, end calls that are left when it has to be `at_once`, and wait until they are gone.

        Whether none cut a call.
        """
        self.leave()
        for worker in self._running.values():
            worker.drain()
        gone = self._tasks.create_task(asyncio.wait(self._keepers))
        impatient = self._tasks.create_task(at_once.wait())
        await asyncio.wait([gone, impatient], return_when=asyncio.FIRST_COMPLETED)
        impatient.cancel()
        for worker in self._running.values():
            worker.hurry()
        await gone
        return all(keeper.result() in _IN_GOOD_ORDER for keeper in self._keepers)

    async def _keep(self, number: int) -> int:
        """The exit code of the last process that had this number."""
        restarts = Restarts(RestartPolicy())
        code = 0
        while not self._leaving.is_set():
            restarts.started(self._clock.now_ms())
            code = await self._run(number)
            if self._leaving.is_set() or not self._has_opened.is_set():
                break
            wait_ms = restarts.died(self._clock.now_ms())
            _log.error("worker_died", worker=number, code=code, again_in_ms=wait_ms)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_ms / 1000):
                    await self._leaving.wait()
                return 0
            self._metrics.restarts.labels(number).inc()
        return code

    async def _run(self, number: int) -> int:
        try:
            worker = await self._launch.start(number)
        except OSError as exc:
            _log.error("worker_not_started", worker=number, detail=str(exc))
            return _NOT_STARTED
        self._running[number] = worker
        try:
            if self._leaving.is_set():
                worker.drain()
            if not await worker.up():
                return await worker.ended()
            self._come_up(number, worker)
            watching = self._tasks.create_task(self._watch(number, worker))
            try:
                return await worker.ended()
            finally:
                watching.cancel()
        finally:
            worker.let_go()
            del self._running[number]
            self._up.pop(number, None)
            self._metrics.up.labels(number).set(0)

    def _come_up(self, number: int, worker: Worker) -> None:
        self._up[number] = worker
        self._has_opened.set()
        self._metrics.up.labels(number).set(1)
        _log.info("worker_up", worker=number, pid=worker.pid)

    async def _watch(self, number: int, worker: Worker) -> None:
        """A worker that hangs keeps its callers in silence: killed, they are resumed by others."""
        await self._pulse.lost(worker.admin_url)
        _log.error("worker_hangs", worker=number, pid=worker.pid)
        worker.kill()
