import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from gateway.bridge.wheel import Wheel
from gateway.clock import SystemClock
from tests.fakes.clock import FakeClock
from tests.fakes.until import until

BUCKET_MS = 10


@dataclass(eq=False)
class Guest:
    """A `Timed` that takes notes."""

    due_ms: int = 0
    called_ms: list[int] = field(default_factory=list)

    def tick(self, now_ms: int) -> None:
        self.called_ms.append(now_ms)


@dataclass(eq=False)
class Regular(Guest):
    """Comes back every so often."""

    wheel: Wheel | None = None
    every_ms: int = 20

    def tick(self, now_ms: int) -> None:
        super().tick(now_ms)
        assert self.wheel is not None
        self.wheel.set(self, now_ms + self.every_ms)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def wheel(clock: FakeClock) -> AsyncIterator[Wheel]:
    turning = Wheel(clock)
    yield turning
    turning.stop()


def _pass(wheel: Wheel, clock: FakeClock, ms: int) -> None:
    """Let time pass, turning the wheel each millisecond."""
    for _ in range(ms):
        clock.advance(1)
        wheel.turn()


@pytest.mark.parametrize("due_ms", [1_001, 1_009, 1_010, 1_011, 1_500])
async def test_nobody_is_called_early(wheel: Wheel, clock: FakeClock, due_ms: int) -> None:
    """And nobody later than a bucket."""
    guest = Guest()
    wheel.set(guest, due_ms)
    _pass(wheel, clock, 600)
    [called_ms] = guest.called_ms
    assert due_ms <= called_ms < due_ms + BUCKET_MS
    assert guest.due_ms == 0


@pytest.mark.parametrize("due_ms", [1, 990, 1_000], ids=["long past", "just past", "now"])
async def test_a_deadline_that_has_passed_is_met_at_the_next_turn(wheel: Wheel, clock: FakeClock, due_ms: int) -> None:
    """The first timer of a replica, and one among many."""
    first, second = Guest(), Guest()
    wheel.set(first, due_ms)
    wheel.set(second, due_ms)
    _pass(wheel, clock, BUCKET_MS)
    assert first.called_ms == second.called_ms == [1_010]


async def test_a_deadline_moved_on_is_not_met_at_the_old_time(wheel: Wheel, clock: FakeClock) -> None:
    guest = Guest()
    wheel.set(guest, 1_050)
    _pass(wheel, clock, 40)
    wheel.set(guest, 1_200)
    _pass(wheel, clock, 159)
    assert guest.called_ms == []
    _pass(wheel, clock, 100)
    assert guest.called_ms == [1_200]


async def test_a_deadline_moved_forward_is_met_once(wheel: Wheel, clock: FakeClock) -> None:
    guest = Guest()
    wheel.set(guest, 1_200)
    wheel.set(guest, 1_050)
    _pass(wheel, clock, 300)
    assert guest.called_ms == [1_050]


async def test_whoever_is_called_may_ask_to_be_called_again(wheel: Wheel, clock: FakeClock) -> None:
    guest = Regular(wheel=wheel, every_ms=20)
    wheel.set(guest, 1_020)
    _pass(wheel, clock, 100)
    assert guest.called_ms == [1_020, 1_040, 1_060, 1_080, 1_100]


async def test_whoever_asks_for_what_is_past_does_not_stop_the_wheel(wheel: Wheel, clock: FakeClock) -> None:
    """It is called in the next bucket, not for ever in this one; others have their turn."""
    eager, patient = Regular(wheel=wheel, every_ms=-50), Guest()
    wheel.set(eager, 1_010)
    wheel.set(patient, 1_030)
    clock.advance(30)
    wheel.turn()
    assert len(eager.called_ms) == 3
    assert patient.called_ms == [1_030]


async def test_a_wheel_that_comes_late_calls_everybody(wheel: Wheel, clock: FakeClock) -> None:
    """After a second in which the loop was busy: in the order of their deadlines, each once."""
    guests = [Guest() for _ in range(5)]
    for number, guest in enumerate(guests):
        wheel.set(guest, 1_100 + number * 100)
    clock.advance(1_000)
    wheel.turn()
    assert [guest.called_ms for guest in guests] == [[2_000]] * 5


async def test_a_wheel_that_stood_still_starts_anew(wheel: Wheel, clock: FakeClock) -> None:
    """After an hour without calls it does not turn through the hour: what is past by then gets the next bucket."""
    wheel.set(Guest(), 1_010)
    _pass(wheel, clock, 20)
    clock.advance(3_600_000)
    late = Guest()
    wheel.set(late, clock.now_ms() - 1_000)
    wheel.turn()
    assert late.called_ms == []
    clock.advance(BUCKET_MS)
    wheel.turn()
    assert len(late.called_ms) == 1


async def test_whoever_is_forgotten_is_not_called(wheel: Wheel, clock: FakeClock) -> None:
    guest = Guest()
    wheel.set(guest, 1_050)
    wheel.forget(guest)
    _pass(wheel, clock, 100)
    assert guest.called_ms == []


async def test_a_stopped_wheel_calls_nobody(wheel: Wheel, clock: FakeClock) -> None:
    guest = Guest()
    wheel.set(guest, 1_050)
    wheel.stop()
    _pass(wheel, clock, 100)
    assert guest.called_ms == []
    wheel.stop()


_timers = st.lists(
    st.tuples(st.integers(0, 500), st.integers(-20, 500), st.booleans()),
    min_size=1,
    max_size=40,
)


@given(_timers, st.lists(st.integers(1, 60), min_size=1, max_size=60))
async def test_everybody_is_called_in_time_and_once(timers: list[tuple[int, int, bool]], steps_ms: list[int]) -> None:
    """However many ask, move and forget their deadlines, and however irregularly the wheel turns."""
    clock = FakeClock()
    wheel = Wheel(clock)
    guests = [Guest() for _ in timers]
    for guest, (first_ms, then_ms, is_moved) in zip(guests, timers, strict=True):
        wheel.set(guest, 1_000 + first_ms)
        if is_moved:
            wheel.set(guest, 1_000 + then_ms)
    turns_ms = [clock.now_ms()]
    for step_ms in [*steps_ms, 600]:
        turns_ms.append(clock.advance(step_ms))
        wheel.turn()
    wheel.stop()
    for guest, (first_ms, then_ms, is_moved) in zip(guests, timers, strict=True):
        due_ms = 1_000 + (then_ms if is_moved else first_ms)
        [called_ms] = guest.called_ms
        assert called_ms >= due_ms
        in_time_ms = max(due_ms, 1_001) + BUCKET_MS
        assert called_ms <= min((ms for ms in turns_ms if ms >= in_time_ms), default=called_ms)


class Reader(asyncio.Protocol):
    """Does something when data comes."""

    def __init__(self, do: Callable[[], None]) -> None:
        self._do = do

    def data_received(self, data: bytes) -> None:
        self._do()


@dataclass(eq=False)
class Listener(Guest):
    """Takes note of what it was told first."""

    events: list[str] = field(default_factory=list)

    def tick(self, now_ms: int) -> None:
        self.events.append("nothing came")


def test_what_came_while_the_loop_stood_still_is_read_first() -> None:
    """Else who waits for audio is told that none has come: an utterance would end in its middle."""
    listener = Listener()

    async def listen() -> None:
        clock = SystemClock()
        wheel = Wheel(clock)
        work, audio = socket.socketpair(), socket.socketpair()

        def stand_still() -> None:
            wheel.set(listener, clock.now_ms() + 20)
            time.sleep(0.1)
            audio[1].send(b"audio")

        with ExitStack() as stack:
            for end in (*work, *audio):
                stack.enter_context(end)
                end.setblocking(False)  # noqa: FBT003 - the library's
            connect = asyncio.get_running_loop().create_connection
            await connect(partial(Reader, stand_still), sock=work[0])
            await connect(partial(Reader, partial(listener.events.append, "audio")), sock=audio[0])
            work[1].send(b"work")
            await until(lambda: len(listener.events) == 2)
            wheel.stop()

    uvloop.run(listen())
    assert listener.events == ["audio", "nothing came"]


async def test_the_loop_turns_the_wheel() -> None:
    """Nobody has to drive it, and it rests when nobody waits."""
    clock = SystemClock()
    wheel = Wheel(clock)
    guest = Guest()
    due_ms = clock.now_ms() + 25
    wheel.set(guest, due_ms)
    await until(lambda: bool(guest.called_ms))
    assert guest.called_ms[0] >= due_ms
    again = Guest()
    wheel.set(again, clock.now_ms())
    await until(lambda: bool(again.called_ms))
    wheel.stop()
