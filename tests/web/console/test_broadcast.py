import asyncio

import pytest

from gateway.clock import SystemClock
from gateway.errors import CapacityError
from gateway.web.console.broadcast import Broadcast, BroadcastPolicy, Edition
from tests.fakes.until import until


class Press:
    """Counts the snapshots it makes."""

    def __init__(self) -> None:
        self.made = 0
        self.is_on = False

    def begin(self) -> None:
        self.is_on = True

    def end(self) -> None:
        self.is_on = False

    async def snapshot(self) -> bytes:
        self.made += 1
        await asyncio.sleep(0)
        return b"%d" % self.made


def broadcast(press: Press, period_ms: int = 20, max_viewers: int = 2) -> Broadcast:
    return Broadcast(press, SystemClock(), BroadcastPolicy(period_ms, max_viewers))


async def test_all_who_watch_share_one_snapshot() -> None:
    """Twenty operators cost what one does."""
    press = Press()
    shared = broadcast(press, period_ms=60_000)
    editions = await asyncio.gather(*(shared.next(0) for _ in range(20)))
    assert editions == [Edition(1, b"1")] * 20
    assert press.made == 1


async def test_the_next_edition_comes_when_it_is_due() -> None:
    """And not before: whoever asks at once waits."""
    press, clock = Press(), SystemClock()
    shared = broadcast(press, period_ms=50)
    await shared.next(0)
    began_ms = clock.now_ms()
    assert await shared.next(1) == Edition(2, b"2")
    assert clock.now_ms() - began_ms >= 49


async def test_nothing_is_made_while_nobody_watches() -> None:
    """What was made for the last viewer is not what a new one gets after a while."""
    press, clock = Press(), SystemClock()
    shared = broadcast(press)
    await shared.next(0)
    left_ms = clock.now_ms()
    await until(lambda: clock.now_ms() > left_ms + 60)
    assert press.made == 1
    assert await shared.next(0) == Edition(2, b"2")


async def test_who_was_slow_gets_the_latest() -> None:
    """Not all that was missed."""
    press = Press()
    shared = broadcast(press, period_ms=60_000)
    await shared.next(0)
    assert await shared.next(77) == Edition(1, b"1")
    assert press.made == 1


async def test_who_leaves_while_waiting_leaves_the_others_waiting() -> None:
    """One of them makes the edition then."""
    shared = broadcast(Press(), period_ms=50)
    await shared.next(0)
    leaving, staying = (asyncio.get_running_loop().create_task(shared.next(1)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == Edition(2, b"2")
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_close_lets_everybody_go_at_once() -> None:
    """A gateway that stops does not wait for its spectators."""
    shared = broadcast(Press(), period_ms=60_000)
    await shared.next(0)
    waiting = asyncio.gather(shared.next(1), shared.next(1))
    await asyncio.sleep(0)
    shared.close()
    async with asyncio.timeout(5):
        assert list(await waiting) == [None, None]
    assert await shared.next(0) is None


def test_there_is_room_for_so_many() -> None:
    """And again for another when one has left; with the last one everything is switched off."""
    press = Press()
    shared = broadcast(press)
    with shared.watching():
        with shared.watching(), pytest.raises(CapacityError, match="2 are watching"), shared.watching():
            pytest.fail("a third was let in")
        assert press.is_on
        with shared.watching():
            assert shared.viewers == 2
    assert shared.viewers == 0
    assert not press.is_on
