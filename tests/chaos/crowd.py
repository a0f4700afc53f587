"""Simulated callers in processes of their own: one process could not keep up with what is measured."""

import asyncio
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection

import uvloop

from gateway.calls import Carrier
from gateway.clock import SystemClock
from gateway.simulator.call import place_call
from gateway.simulator.plan import CallPlan, HangUpStyle
from gateway.simulator.report import CallEvent, CallReport
from tests.chaos.board import Board
from tests.fakes.sounds import chirps, wav
from tests.fakes.world import AUTH_TOKEN, SIGNING_SEED

GIVES_UP_AFTER_S = 1.0
"""How long the carrier takes a socket that answers nothing for a slow one."""

_SPEECH_S = 4.0
_REPEATED = 30
"""Callers never stop talking: that the other side is heard again shows at any moment."""
_BETWEEN_CALLS_S = 0.05
"""Of one process: calls arrive one after the other, not all in the same instant."""
_STOPS_S = 5.0


@dataclass(frozen=True, slots=True)
class Order:
    """Calls that a process is to place."""

    gateway_url: str
    numbers: Sequence[int]
    untold: frozenset[int]
    """Callers who leave without a word of the carrier's."""


class Crowd:
    """All the callers; `open_crowd` makes it."""

    def __init__(self, board: Board, connections: Sequence[Connection]) -> None:
        self.board = board
        self._connections = connections

    async def call(self, gateway_url: str, calls: int, untold: frozenset[int]) -> dict[int, CallReport]:
        """Place so many calls, and see them through; their reports, without what was said. The board must be clean."""
        share = len(self._connections)
        async with asyncio.TaskGroup() as tasks:
            placed = [
                tasks.create_task(_ask(connection, Order(gateway_url, range(first, calls, share), untold)))
                for first, connection in enumerate(self._connections)
            ]
        return {number: report for task in placed for number, report in task.result().items()}


@contextmanager
def open_crowd() -> Iterator[Crowd]:
    """As many processes as there are cores, two at most: the others have work to do too."""
    context = multiprocessing.get_context("spawn")
    board = Board(context)
    pairs = [context.Pipe() for _ in range(min(2, len(os.sched_getaffinity(0))))]
    processes = [context.Process(target=_serve, args=(theirs, board), daemon=True) for _, theirs in pairs]
    try:
        for process in processes:
            process.start()
        yield Crowd(board, [ours for ours, _ in pairs])
    finally:
        for ours, theirs in pairs:
            theirs.close()
            ours.close()
        for process in processes:
            process.join(_STOPS_S)
            process.kill()
            process.join()


async def _ask(connection: Connection, order: Order) -> dict[int, CallReport]:
    connection.send(order)
    return await asyncio.to_thread(connection.recv)


def _serve(connection: Connection, board: Board) -> None:
    """A process's whole life."""
    uvloop.run(_obey(connection, board))


async def _obey(connection: Connection, board: Board) -> None:
    speech = wav(chirps(_SPEECH_S) * _REPEATED)
    while True:
        try:
            order: Order = await asyncio.to_thread(connection.recv)
        except EOFError:
            return  # nobody is left who could order anything
        async with asyncio.TaskGroup() as tasks:
            placed = {}
            for number in order.numbers:
                placed[number] = tasks.create_task(_place(order, speech, number, board))
                await asyncio.sleep(_BETWEEN_CALLS_S)
        connection.send({number: task.result() for number, task in placed.items()})


async def _place(order: Order, speech: bytes, number: int, board: Board) -> CallReport:
    clock = SystemClock()

    def hangs_up_now() -> bool:
        at_ms = int(board.leaves_at_ms[number])
        return 0 < at_ms <= clock.now_ms()

    def tell(event: CallEvent) -> None:
        board.began_ms[number] = board.began_ms[number] or clock.now_ms() - event.at_ms
        board.sound_ms[number] = event.sound_ms

    plan = CallPlan(
        gateway_url=order.gateway_url,
        carrier=(Carrier.TWILIO, Carrier.TELNYX)[number % 2],
        auth_token=AUTH_TOKEN,
        signing_seed=SIGNING_SEED,
        speech=speech,
        hangs_up_now=hangs_up_now,
        hang_up=HangUpStyle.DROP if number in order.untold else (HangUpStyle.STOP, HangUpStyle.DROP)[number // 2 % 2],
        status_callback=number not in order.untold,
        hangup_on_silence_s=None,
        falls_back=True,
        gives_up_after_s=GIVES_UP_AFTER_S,
        on_event=tell,
    )
    report = await place_call(plan)
    board.is_over[number] = 1
    return replace(report, sent_audio=b"", received_audio=b"", sent_ns=[], received_ns=[])
