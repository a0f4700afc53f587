"""Calls that talk: 50 frames a second each, at their times, and 100 ms of Kallglot's audio back every 100 ms.

The times are absolute; each call has its millisecond of the 20 of a frame, and all milliseconds have as many calls. A
generator that is late sends what is due and does not move what comes after.

Every byte is checked of the first calls and of some of the others; of the rest it is counted how many messages arrive.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import httpx

from tests.benchmarks.carrier import CarrierCall
from tests.benchmarks.delays import Delays
from tests.benchmarks.far_end import FarEnd, Session
from tests.benchmarks.processes import Relay
from tests.benchmarks.tally import FRAME_BYTES, FRAMES_PER_OUTPUT, OUTPUT_BYTES, Tally
from tests.benchmarks.voices import Sound, voice
from tests.fakes.until import until

_FRAME_MS = 20
_PATIENCE_S = 10.0
"""For a call to end."""
_DRAIN_S = 30.0
"""For the last bytes to arrive: a relay that had too much to do is behind."""
_DIALLED_AT_ONCE = 4
_DIAL_S = 30.0
_REFUSED_S = 0.5
"""Before a caller who was refused tries again."""
_ALL_CHECKED = 20
_CHECKED_OF = 20
"""One in so many of the others."""
_SPARE = 5
"""Messages that may be under way when a count is taken."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Both ends of a call."""

    caller: CarrierCall
    session: Session
    checked: bool
    """Every byte is."""

    @property
    def is_drained(self) -> bool:
        """The carrier has all that Kallglot said."""
        return not self.checked or self.caller.heard.audio_bytes >= self.session.said.audio_bytes

    def differences(self) -> list[str]:
        """Of a call that was checked: what of its audio did not arrive as it should."""
        ways = (
            ("from the caller", self.caller.said.difference(self.session.heard)),
            ("to the caller", self.session.said.difference(self.caller.heard)),
        )
        return [f"{self.caller.call_id}, {way}: {what}" for way, what in ways if what]


class _Talk:
    """Lets all callers talk, and Kallglot to them."""

    def __init__(self) -> None:
        self.lateness_ms: list[float] = []
        """Of each millisecond's frames."""
        self.answers = True
        """Kallglot talks as well."""
        self._slots: list[list[Pair]] = [[] for _ in range(_FRAME_MS)]
        self._began_s = time.perf_counter()
        self._tick = 0

    def add(self, pair: Pair) -> None:
        """One more, from now on."""
        min(self._slots, key=len).append(pair)

    def remove(self, pair: Pair) -> None:
        """One less."""
        next(slot for slot in self._slots if pair in slot).remove(pair)

    def act(self, now_s: float) -> None:
        """Send what is due."""
        due = int(1000 * (now_s - self._began_s))
        while self._tick <= due:
            round_, slot = divmod(self._tick, _FRAME_MS)
            for place, pair in enumerate(self._slots[slot], round_ + slot):
                pair.caller.speak()
                if self.answers and place % FRAMES_PER_OUTPUT == 0:
                    pair.session.say()
            self.lateness_ms.append(1000 * (time.perf_counter() - self._began_s) - self._tick)
            self._tick += 1


class Crowd:
    """The calls of one relay."""

    def __init__(self, relay: Relay, far_end: FarEnd, sound: Sound, http: httpx.AsyncClient) -> None:
        self.relay = relay
        self.pairs: list[Pair] = []
        self.to_kallglot_ms: list[float] = []
        """Delays beyond chunking, of what was checked."""
        self.to_carrier_ms: list[float] = []
        self.talk = _Talk()
        self._far_end = far_end
        self._voice = voice(sound)
        self._http = http
        self._placed = 0

    async def grow(self, calls: int) -> None:
        """Place calls until there are so many.

        Raises:
            TimeoutError: the relay takes no more; those that it took go on.
        """
        slots = asyncio.Semaphore(_DIALLED_AT_ONCE)

        async def join() -> None:
            async with slots:
                await self.join()

        wanted = calls - len(self.pairs)
        async with asyncio.timeout(_DIAL_S + wanted / 10):
            await asyncio.gather(*(join() for _ in range(wanted)))

    def forget_figures(self) -> None:
        """What is noted from now on belongs to the next window."""
        for figures in (self.talk.lateness_ms, self.to_kallglot_ms, self.to_carrier_ms):
            figures.clear()

    def shrink(self, calls: int) -> None:
        """End the latest calls, until there are so many; whether all that they said arrived is not looked at."""
        for pair in self.pairs[calls:]:
            self.talk.remove(pair)
            pair.caller.hang_up()
        del self.pairs[calls:]

    async def drain(self) -> None:
        """The callers go on until they have heard all; patience has its limit."""
        self.talk.answers = False
        with suppress(TimeoutError):
            await until(lambda: all(pair.is_drained for pair in self.pairs), timeout_s=_DRAIN_S)

    async def disperse(self) -> list[str]:
        """End all calls; what was not as it should have been."""
        await self.drain()
        self._far_end.ticker.due.remove(self.talk.act)
        return [*await _ended(self.pairs), *(too_few(self.pairs) if self.pairs else ())]

    async def leave(self, pair: Pair) -> list[str]:
        """End one call, and forget it; what was not as it should have been."""
        self.talk.remove(pair)
        self.pairs.remove(pair)
        with suppress(TimeoutError):
            await until(lambda: pair.is_drained)
        self._far_end.forget(pair.caller.call_id)
        return await _ended([pair])

    async def join(self) -> Pair:
        """One call more, however often the relay has to be asked for it."""
        number = self._placed
        self._placed += 1
        checked = number < _ALL_CHECKED or number % _CHECKED_OF == 0
        caller = await self._place(number, checked=checked)
        session = self._far_end.by_call[caller.call_id]
        await session.connected.wait()
        if checked:
            self._watch(caller, session)
        else:
            session.count_only()
        pair = Pair(caller, session, checked)
        self.pairs.append(pair)
        self.talk.add(pair)
        return pair

    async def _place(self, number: int, *, checked: bool) -> CarrierCall:
        """A call that was taken. Our gateway takes none while its event loop is late, as on a busy machine."""
        while True:
            caller = CarrierCall(number, self._voice, self._far_end.ticker)
            if not checked:
                caller.count_only()
            if await caller.dial(self._http, self.relay.url):
                return caller
            await asyncio.sleep(_REFUSED_S)

    def _watch(self, caller: CarrierCall, session: Session) -> None:
        caller.said_delays = Delays(self.to_kallglot_ms.append)
        session.heard_delays = caller.said_delays
        session.said_delays = caller.heard_delays = Delays(self.to_carrier_ms.append)
        caller.note_times()
        session.note_times(self._far_end.ticker)


@asynccontextmanager
async def run_crowd(relay: Relay, far_end: FarEnd, sound: Sound = Sound.ULAW) -> AsyncIterator[Crowd]:
    """An empty crowd, whose calls talk from when they are placed until it disperses."""
    async with httpx.AsyncClient(timeout=_DIAL_S, trust_env=False) as http:
        crowd = Crowd(relay, far_end, sound, http)
        far_end.ticker.due.append(crowd.talk.act)
        yield crowd


async def _ended(pairs: Sequence[Pair]) -> list[str]:
    for pair in pairs:
        pair.caller.hang_up()
    sessions = await _still_waited_for((pair.session.over.wait(), pair.caller.call_id) for pair in pairs)
    sockets = await _still_waited_for((pair.caller.closed.wait(), pair.caller.call_id) for pair in pairs)
    return [
        *(f"{call}: its session was not ended" for call in sessions),
        *(f"{call}: its media socket was not closed" for call in sockets),
        *(difference for pair in pairs if pair.checked for difference in pair.differences()),
    ]


def too_few(pairs: Sequence[Pair]) -> list[str]:
    """Calls that were only counted, and of which fewer messages arrived than there must be for all that was sent."""
    input_bytes = _message_bytes([pair.session.heard for pair in pairs if pair.checked])
    media_bytes = _message_bytes([pair.caller.heard for pair in pairs if pair.checked])
    problems = []
    for pair in pairs:
        frames, outputs = pair.caller.frames, pair.session.said.messages
        heard, played = pair.session.heard_messages, pair.caller.heard_messages
        is_heard = (heard + _SPARE) * input_bytes >= frames * FRAME_BYTES
        is_played = (played + _SPARE) * media_bytes >= outputs * OUTPUT_BYTES
        if not pair.checked and not (is_heard and is_played):
            problems.append(
                f"{pair.caller.call_id}: {heard} messages came of {frames} frames, {played} of {outputs} outputs"
            )
    return problems


def _message_bytes(tallies: Sequence[Tally]) -> float:
    """How much audio a relay puts into a message, on average; silence for frames that were late counts alike."""
    return sum(tally.audio_bytes + tally.silent_bytes for tally in tallies) / max(1, sum(t.messages for t in tallies))


async def _still_waited_for(waits: Iterable[tuple[Awaitable[object], str]]) -> list[str]:
    async def wait(awaitable: Awaitable[object], name: str) -> str:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await awaitable
        except TimeoutError:
            return name
        return ""

    return [name for name in await asyncio.gather(*(wait(*pair) for pair in waits)) if name]
