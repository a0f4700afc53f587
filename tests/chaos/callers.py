"""The calls of one scenario, as the test sees them while they are on, and what it makes the callers do."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from gateway.clock import Clock
from gateway.simulator.report import CallReport
from tests.chaos.board import Board
from tests.chaos.crowd import Crowd
from tests.fakes.until import until

_UP_S = 30.0
_GONE_S = 30.0
_WELL_SERVED_MS = 200
"""Sound that a caller has heard whose call is up."""
_BETWEEN_HANG_UPS_MS = 10


class Callers:
    """All who call, by number."""

    def __init__(self, board: Board, clock: Clock, *, calls: int, leaving: int) -> None:
        self.clock = clock
        self.board = board
        self.everybody = range(calls + leaving)
        # Spread over the order in which calls came, and so over replicas and carriers.
        self.leaving = [(2 * n + 1) * len(self.everybody) // (2 * leaving) for n in range(leaving)]
        """Those who hang up in the very moment of the fault."""
        self.staying = [number for number in self.everybody if number not in self.leaving]
        self.reports: dict[int, CallReport] = {}
        """When the calls are over."""

    def has_heard(self, number: int, sound_ms: int) -> bool:
        """The caller has heard so much, or nothing more will come."""
        return self.board.sound_ms[number] >= sound_ms or bool(self.board.is_over[number])

    async def hear_more(self, more_ms: int, *, timeout_s: float) -> None:
        """Wait until everybody who stays has heard so much more sound, or for so long: what is missing will show."""
        wanted = [(number, self.board.sound_ms[number] + more_ms) for number in self.staying]
        try:
            await until(lambda: all(self.has_heard(number, ms) for number, ms in wanted), timeout_s=timeout_s)
        except TimeoutError:
            return

    def leave_around(self, at_ms: int, spread_ms: int) -> None:
        """Those who leave do so one after the other, half of them before that moment and half after."""
        count = len(self.leaving)
        self._leave(self.leaving, [at_ms + (2 * n - count + 1) * spread_ms // (2 * count) for n in range(count)])

    def leave(self) -> None:
        """Everybody else hangs up."""
        now_ms = self.clock.now_ms()
        self._leave(self.staying, [now_ms + _BETWEEN_HANG_UPS_MS * n for n in range(len(self.staying))])

    def _leave(self, numbers: Sequence[int], at_ms: Sequence[int]) -> None:
        for number, ms in zip(numbers, at_ms, strict=True):
            self.board.leaves_at_ms[number] = ms


@asynccontextmanager
async def calling(
    crowd: Crowd, clock: Clock, gateway_url: str, *, calls: int, leaving: int, untold: int
) -> AsyncIterator[Callers]:
    """So many calls that are up and hear themselves, and some more whose callers will leave; over with the block.

    Of so many of those who leave the carrier says nothing to the gateway.
    """
    crowd.board.wipe()
    callers = Callers(crowd.board, clock, calls=calls, leaving=leaving)
    async with asyncio.TaskGroup() as tasks:
        untold_ones = frozenset(callers.leaving[:untold])
        placed = tasks.create_task(crowd.call(gateway_url, len(callers.everybody), untold_ones))
        try:
            await until(
                lambda: all(callers.has_heard(number, _WELL_SERVED_MS) for number in callers.everybody),
                timeout_s=_UP_S,
            )
            yield callers
        finally:
            callers.leave()
            async with asyncio.timeout(_GONE_S):
                callers.reports = await placed
