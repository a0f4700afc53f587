"""The processes that understand speech: it takes whole cores for whole seconds, and would stop every other call."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Protocol

import structlog

from gateway.sandbox.speech.tasks import Task, Understood

WORKERS = 2
"""One looks at a turn that goes on while the other finishes one that has ended; each has its own model in memory,
250 MB of the smallest."""

_log = structlog.get_logger()


class Worker(Protocol):
    """What each process has."""

    def do(self, task: Task) -> Understood:
        """Do a task."""
        ...


class Workers:
    """Hands tasks to processes, and tells when they are done."""

    def __init__(self, make: Callable[[], Worker], count: int = WORKERS) -> None:
        self._count = count
        self._underway: set[Future[Understood]] = set()
        self._closed = False
        # Forking a process that has an event loop and threads is asking for trouble.
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(count, context, initializer=_prepare, initargs=(make,))
        for _ in range(count):
            self._pool.submit(_wait_for_nothing)  # loads what is to be loaded, before anybody speaks

    @property
    def idle(self) -> bool:
        """Whether a task would be begun at once."""
        return len(self._underway) < self._count

    def submit(self, task: Task, wake: Callable[[], None]) -> Future[Understood]:
        """Have a task done; `wake` is called, on the running loop, when it is."""
        try:
            future = self._pool.submit(_do, task)
        except BrokenProcessPool as exc:
            future = Future()
            future.set_exception(exc)
        self._underway.add(future)
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda done: loop.call_soon_threadsafe(self._done, done, wake))
        return future

    def close(self) -> None:
        """Give up what has not been begun, wait for what has, and wake nobody any more."""
        self._closed = True
        self._pool.shutdown(cancel_futures=True)

    def _done(self, future: Future[Understood], wake: Callable[[], None]) -> None:
        self._underway.discard(future)
        if self._closed or future.cancelled():
            return
        if (error := future.exception()) is not None:
            _log.error("speech_not_understood", error=repr(error))
        wake()


_worker: Worker


def _prepare(make: Callable[[], Worker]) -> None:
    """Make a fresh process a worker."""
    global _worker  # noqa: PLW0603  a pool has no other place for what a process loads once
    os.nice(10)  # what is heard and said in real time goes first
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the sandbox, which then closes the pool
    _worker = make()


def _do(task: Task) -> Understood:
    return _worker.do(task)


def _wait_for_nothing() -> None:
    """The first task of a process, done when it is ready."""
