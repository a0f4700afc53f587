"""Many calls at once: 50 frames a second each, at their times, and 100 ms of Kallglot's audio back every 100 ms.

The times are absolute and spread evenly over the 20 ms of a frame: frame number n, of whichever call, is due at n/N of
20 ms after the first. A generator that is late sends what is due and does not move what comes after.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass

import httpx

from tests.benchmarks.carrier import CarrierCall
from tests.benchmarks.cpu import CpuTime, cpu_time
from tests.benchmarks.far_end import FarEnd, Session
from tests.benchmarks.processes import Relay
from tests.benchmarks.tally import FRAMES_PER_OUTPUT

_FRAME_S = 0.020
_WARM_UP_S = 1.0
"""Before the window: buffers have grown and caches are warm."""
_TICK_S = 0.001
"""uvloop's clock has no finer one."""
_PATIENCE_S = 10.0
"""For the last bytes to arrive."""
_DIALLED_AT_ONCE = 4
_DIAL_S = 30.0
_REFUSED_S = 0.5
"""Before a caller who was refused tries again."""


@dataclass(frozen=True, slots=True)
class Round:
    """One relay, carrying calls for a while."""

    relay: str
    calls: int
    seconds: float
    """The window's length, as it turned out."""
    cpu: CpuTime
    """The relay's, within the window."""
    generator_cpu_s: float
    lateness_ms: Sequence[float]
    """Of each frame within the window, sorted."""
    frames: int
    """Carrier's messages to the relay, over the whole round."""
    inputs: int
    """What became of them at Kallglot's end."""
    outputs: int
    """Kallglot's messages of audio to the relay."""
    media: int
    """What became of them at the carrier's end."""
    silent_bytes: int
    """What the relay put where frames were late."""
    problems: tuple[str, ...]
    """Audio that did not arrive as it was sent; none where the relay did its work."""

    @property
    def cpu_ms_per_call(self) -> float:
        """Milliseconds of CPU for a call and second."""
        return 1000 * self.cpu.total_s / self.seconds / self.calls

    @property
    def calls_per_core(self) -> float:
        """How many calls would use up a core."""
        return 1000 / max(self.cpu_ms_per_call, 0.001)

    @property
    def relay_use(self) -> float:
        """How much of its core the relay used, 0 to 1."""
        return self.cpu.total_s / self.seconds

    @property
    def generator_use(self) -> float:
        """How much of its core the generator used, 0 to 1."""
        return self.generator_cpu_s / self.seconds

    def late_ms(self, quantile: float) -> float:
        """How late the frames were sent."""
        return self.lateness_ms[min(len(self.lateness_ms) - 1, int(quantile * len(self.lateness_ms)))]


@dataclass(frozen=True, slots=True)
class _Pair:
    """Both ends of a call."""

    caller: CarrierCall
    session: Session

    @property
    def is_drained(self) -> bool:
        """The carrier has all that Kallglot said."""
        return self.caller.heard.audio_bytes >= self.session.said.audio_bytes

    def problems(self) -> list[str]:
        ways = (
            ("from the caller", self.caller.said.difference(self.session.heard)),
            ("to the caller", self.session.said.difference(self.caller.heard)),
        )
        return [f"{self.caller.call_sid}, {way}: {what}" for way, what in ways if what]


class _Talk:
    """Lets all callers talk, and Kallglot to them."""

    def __init__(self, pairs: Sequence[_Pair]) -> None:
        self._pairs = pairs
        self._began_s = time.perf_counter()
        self._frame = 0
        self.answers = True
        """Kallglot talks as well."""
        self.lateness_ms: list[float] = []

    async def until(self, end_s: float) -> None:
        """Talk until then, by `time.perf_counter`."""
        while (now_s := time.perf_counter()) < end_s:
            self._send_due(now_s)
            await asyncio.sleep(max(_TICK_S, self._due_s() - now_s))

    async def until_drained(self) -> None:
        """The callers go on until they have heard all; patience has its limit."""
        self.answers = False
        give_up_s = time.perf_counter() + _PATIENCE_S
        while not all(pair.is_drained for pair in self._pairs) and time.perf_counter() < give_up_s:
            await self.until(time.perf_counter() + _FRAME_S)

    def _send_due(self, now_s: float) -> None:
        while (due_s := self._due_s()) <= now_s:
            round_, place = divmod(self._frame, len(self._pairs))
            pair = self._pairs[place]
            pair.caller.speak()
            if self.answers and (round_ + place) % FRAMES_PER_OUTPUT == 0:
                pair.session.say()
            now_s = time.perf_counter()
            self.lateness_ms.append(1000 * (now_s - due_s))
            self._frame += 1

    def _due_s(self) -> float:
        return self._began_s + self._frame * _FRAME_S / len(self._pairs)


async def run_round(relay: Relay, far_end: FarEnd, calls: int, seconds: float) -> Round:
    """Place calls, measure the relay while they talk, end them, and see whether everything arrived."""
    pairs = await _dial(relay, far_end, calls)
    talk = _Talk(pairs)
    await talk.until(time.perf_counter() + _WARM_UP_S)
    talk.lateness_ms = []
    before, own_before, began_s = cpu_time(relay.pid), cpu_time(os.getpid()), time.perf_counter()
    await talk.until(began_s + seconds)
    after, own_after, ended_s = cpu_time(relay.pid), cpu_time(os.getpid()), time.perf_counter()
    lateness_ms = sorted(talk.lateness_ms)
    await talk.until_drained()
    problems = await _hang_up(pairs)
    return Round(
        relay=relay.name,
        calls=calls,
        seconds=ended_s - began_s,
        cpu=after.since(before),
        generator_cpu_s=own_after.since(own_before).total_s,
        lateness_ms=lateness_ms,
        frames=sum(pair.caller.said.messages for pair in pairs),
        inputs=sum(pair.session.heard.messages for pair in pairs),
        outputs=sum(pair.session.said.messages for pair in pairs),
        media=sum(pair.caller.heard.messages for pair in pairs),
        silent_bytes=sum(pair.session.heard.silent_bytes for pair in pairs),
        problems=tuple(problems),
    )


async def _dial(relay: Relay, far_end: FarEnd, calls: int) -> list[_Pair]:
    slots = asyncio.Semaphore(_DIALLED_AT_ONCE)
    async with httpx.AsyncClient(timeout=_DIAL_S, trust_env=False) as http:

        async def dial(number: int) -> _Pair:
            async with slots:
                caller = await _place(http, relay, number)
                session = far_end.by_call[caller.call_sid]
                await session.connected.wait()
                return _Pair(caller, session)

        async with asyncio.timeout(_DIAL_S + calls):
            return list(await asyncio.gather(*map(dial, range(calls))))


async def _place(http: httpx.AsyncClient, relay: Relay, number: int) -> CarrierCall:
    """A call that was taken. Our gateway takes none while its event loop is late, as it may be on a busy machine."""
    while True:
        caller = CarrierCall(voice=7 * number)
        if await caller.dial(http, relay.url):
            return caller
        await asyncio.sleep(_REFUSED_S)


async def _hang_up(pairs: Sequence[_Pair]) -> list[str]:
    for pair in pairs:
        pair.caller.hang_up()
    open_sessions = await _still_waited_for((pair.session.over.wait(), pair.caller.call_sid) for pair in pairs)
    open_sockets = await _still_waited_for((pair.caller.closed.wait(), pair.caller.call_sid) for pair in pairs)
    return [
        *(f"{call}: its session was not ended" for call in open_sessions),
        *(f"{call}: its media socket was not closed" for call in open_sockets),
        *(problem for pair in pairs for problem in pair.problems()),
    ]


async def _still_waited_for(waits: Iterable[tuple[Awaitable[object], str]]) -> list[str]:
    async def wait(awaitable: Awaitable[object], name: str) -> str:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await awaitable
        except TimeoutError:
            return name
        return ""

    return [name for name in await asyncio.gather(*(wait(*pair) for pair in waits)) if name]
