"""Lets every caller of a process speak at its time: one timer for all of them."""

import asyncio
import time
from typing import Protocol

from gateway.simulator.load.tally import Figure, Tally
from gateway.simulator.speech import FRAME_MS

_TICK_S = 0.001
"""uvloop's clock has no finer one."""
_TICK_NS = 1_000_000


class Speaker(Protocol):
    """Somebody who says 20 ms every 20 ms."""

    def speak(self, now_ms: int) -> None:
        """Say them."""
        ...


class Ticker:
    """A wheel with a place for each millisecond of a frame; whoever is on it speaks once a turn.

    Times are absolute: a ticker that was late does what is due, and what comes after stays where it is.
    """

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._places: list[list[Speaker]] = [[] for _ in range(FRAME_MS)]
        self._next = 0

    def join(self, speaker: Speaker) -> None:
        """Speak from now on, where there is the most room."""
        min(self._places, key=len).append(speaker)

    def leave(self, speaker: Speaker) -> None:
        """Speak no more."""
        for place in self._places:
            if speaker in place:
                place.remove(speaker)

    async def run(self) -> None:
        """Turn until cancelled."""
        began_ns = time.perf_counter_ns()
        while True:
            self.turn(time.perf_counter_ns() - began_ns)
            due_ns = self._next * _TICK_NS - (time.perf_counter_ns() - began_ns)
            await asyncio.sleep(max(due_ns / 1e9, _TICK_S))

    def turn(self, since_ns: int) -> None:
        """Let everybody speak whose time has come, so long after the wheel began."""
        lateness = self._tally.spreads[Figure.LATENESS]
        while (due_ns := self._next * _TICK_NS) <= since_ns:
            speakers = self._places[self._next % FRAME_MS]
            if speakers:
                lateness.add((since_ns - due_ns) / _TICK_NS)
                now_ms = time.monotonic_ns() // _TICK_NS
                for speaker in tuple(speakers):
                    speaker.speak(now_ms)
            self._next += 1
