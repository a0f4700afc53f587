"""What becomes of calls whose end goes wrong; tests/e2e and tests/web have those that go well."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from gateway.bridge.closer import Closer
from gateway.bridge.lifecycle import LifecyclePolicy
from gateway.bridge.presence import Presence
from gateway.bridge.reaper import Reaper
from gateway.bridge.relay import Relay
from gateway.bridge.states import State
from gateway.bridge.surroundings import BridgePolicy, Surroundings
from gateway.bridge.switchboard import Switchboard
from gateway.bridge.wheel import Wheel
from gateway.calls import EndReason
from gateway.carriers.twilio.media import TwilioMedia
from gateway.routing.watch import RouteBook
from gateway.store.history import PastCall
from gateway.store.record import Outcome, Phase
from tests.bridge.desk import Desk, open_desk
from tests.bridge.far_end import FarEnd, far_end
from tests.bridge.records import SESSION, call_id, live
from tests.carriers.wire import read
from tests.fakes.sockets import FakeSocket
from tests.fakes.until import until
from tests.fakes.world import ROUTES


@dataclass(frozen=True)
class Board:
    """A switchboard, and what it rests on."""

    desk: Desk
    switchboard: Switchboard
    closer: Closer
    reaper: Reaper
    there: FarEnd
    wheel: Wheel

    async def carry(self, name: str = "1") -> tuple[Relay, FakeSocket]:
        """Have a live call here."""
        session = structs.replace(SESSION, stream_url=self.there.url)
        record = structs.replace(live(name, session=session), epoch=1, attached_ms=self.desk.clock.unix_ms())
        await self.desk.write(record)
        socket = FakeSocket()
        relay = self.switchboard.connect(record, socket, TwilioMedia())
        relay.carrier.media_messages([read("twilio/start.json")])
        return relay, socket

    async def lose(self) -> None:
        """The store forgets the call."""
        await self.desk.ledger.delete(await self.desk.read(call_id()))

    async def is_forgotten(self) -> bool:
        """Whether nothing is written down of any call."""
        return await self.desk.ledger.size() == 0

    async def stop(self, relay: Relay, socket: FakeSocket) -> None:
        """The carrier says that the call is over."""
        relay.carrier.media_messages([read("twilio/stop.json")])
        await until(lambda: bool(socket.closed_with))

    def is_ended(self) -> bool:
        """Whether Kallglot was asked to end the session."""
        return self.desk.kallglot.times("end") > 0


@asynccontextmanager
async def open_board(tmp_path: Path, policy: LifecyclePolicy | None = None) -> AsyncIterator[Board]:
    """A switchboard, for as long as the context lasts."""
    path = tmp_path / "routes.toml"
    path.write_text(ROUTES)
    async with open_desk(policy) as desk, far_end() as there, asyncio.TaskGroup() as tasks:
        closer, wheel = Closer(desk.office), Wheel(desk.clock)
        around = Surroundings(desk.clock, wheel, desk.office.metrics, BridgePolicy())
        switchboard = Switchboard(desk.office, around, RouteBook(path), closer, tasks)
        reaper = Reaper(desk.office, switchboard, closer, Presence(desk.office))
        yield Board(desk, switchboard, closer, reaper, there, wheel)
        switchboard.end_all(EndReason.DRAINED)
        await until(lambda: len(switchboard) == 0)
        wheel.stop()


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    async with open_board(tmp_path) as opened:
        yield opened


async def test_a_bug_while_a_call_is_written_off_ends_no_other(board: Board) -> None:
    """Its carrier goes on with its document; the others go on talking."""
    relay, socket = await board.carry("1")
    await board.carry("2")
    with capture_logs() as logs:
        board.desk.ledger.is_broken = True
        relay.carrier.media_closed(1006)
        await until(lambda: bool(logs))
        board.desk.ledger.is_broken = False
    assert [line["event"] for line in logs] == ["call_not_seen_off"]
    assert socket.closed_with
    assert [relay.record.call_id for relay in board.switchboard.live()] == [call_id("2")]


async def test_a_call_with_a_bug_keeps_no_other_from_being_looked_after(board: Board) -> None:
    """What is due on others is done: else their callers would hear nothing more."""
    relay, _ = await board.carry("1")
    other, _ = await board.carry("2")
    assert relay.carrier._downlink is not None
    relay.carrier._downlink._pacer = None  # type: ignore[assignment]  # a bug that lasts
    now_ms = board.desk.clock.advance(1_100)
    board.wheel.turn()
    assert relay.state is State.CLOSED
    assert other.due_ms > now_ms


async def test_a_call_with_a_bug_keeps_no_other_from_being_ended(board: Board) -> None:
    """The gateway stops: everybody is told, whatever is broken on one call."""
    relay, _ = await board.carry("1")
    await board.carry("2")
    assert relay.carrier._uplink is not None
    relay.carrier._uplink._chunker = None  # type: ignore[assignment]  # a bug that lasts
    board.switchboard.end_all(EndReason.DRAINED)
    await until(lambda: len(board.switchboard) == 0)
    await until(board.is_ended)


async def test_a_call_that_the_store_has_lost_ends_its_session(board: Board) -> None:
    """It was not renewed since: nobody else knows that its session is open."""
    relay, _ = await board.carry()
    await board.lose()
    relay.carrier.media_messages([read("twilio/stop.json")])
    await until(board.is_ended)
    await until(board.is_forgotten)


async def test_a_call_of_which_the_store_has_lost_the_latest_ends_its_session(board: Board) -> None:
    """A replica of the store took over, and had not heard yet that the caller's socket was let in."""
    relay, socket = await board.carry()
    await board.lose()
    await board.desk.write(structs.replace(relay.record, epoch=0, attached_ms=0), due_ms=2**53)
    await board.stop(relay, socket)
    await until(board.is_ended)
    await until(board.is_forgotten)


async def test_a_caller_whom_the_store_has_lost_may_come_back(board: Board) -> None:
    relay, socket = await board.carry()
    await board.lose()
    relay.carrier.media_closed(1006)
    await until(lambda: bool(socket.closed_with))
    assert (await board.desk.read(call_id())).phase is Phase.LIVE


async def test_a_call_that_ended_while_the_store_lost_it_ends_its_session(board: Board) -> None:
    """A store that was away comes back empty."""
    relay, socket = await board.carry()
    await board.lose()
    board.desk.ledger.is_away = True
    await board.stop(relay, socket)
    board.desk.ledger.is_away = False
    await board.reaper.go_round()
    assert board.is_ended()
    assert await board.is_forgotten()


@pytest.mark.parametrize("keep_ms", [24 * 3_600_000, 0], ids=["kept", "not kept"])
async def test_a_call_that_somebody_else_has_ended_is_not_lost(tmp_path: Path, keep_ms: int) -> None:
    """The carrier told another replica that it is over, which has ended and forgotten it already."""
    async with open_board(tmp_path, LifecyclePolicy(keep_ms=keep_ms)) as board:
        relay, socket = await board.carry()
        await board.closer.finish(call_id(), Outcome.AFTER, EndReason.CALLER_HUNG_UP, caller_gone=True)
        await board.reaper.go_round()
        await board.stop(relay, socket)
        assert board.desk.kallglot.times("end") == 1
        assert await board.is_forgotten()


async def test_a_call_that_somebody_else_is_just_forgetting_is_not_lost(board: Board) -> None:
    """That it is over is written down before it goes: else it would be ended, and counted, twice."""
    relay, socket = await board.carry()
    board.desk.ledger.once_forgotten = lambda: board.stop(relay, socket)
    await board.closer.finish(call_id(), Outcome.AFTER, EndReason.CALLER_HUNG_UP, caller_gone=True)
    assert socket.closed_with
    assert board.desk.kallglot.times("end") == 1
    assert await board.is_forgotten()


async def test_a_call_is_known_to_be_over_before_it_is_forgotten(board: Board) -> None:
    """So that another replica, which may have an older socket of it, does not take it for lost either."""
    known: list[PastCall | None] = []

    async def ask() -> None:
        known.append(await board.desk.ledger.recall(call_id(), board.desk.clock.unix_ms()))

    relay, socket = await board.carry()
    board.desk.ledger.once_forgotten = ask
    await board.stop(relay, socket)
    await until(lambda: bool(known))
    assert [past.end_reason for past in known if past is not None] == [EndReason.CALLER_HUNG_UP]


async def test_a_socket_that_is_let_in_while_the_gateway_stops_is_ended_too(board: Board) -> None:
    """The store was slow with its ticket: the gateway would wait for this caller to hang up, however long."""
    board.switchboard.end_all(EndReason.DRAINED)
    _, socket = await board.carry()
    await until(lambda: bool(socket.closed_with))
    await until(board.is_ended)


async def test_a_socket_that_was_slow_to_be_let_in_takes_no_call_from_a_newer_one(board: Board) -> None:
    """Its carrier has given it up and come back since: the caller who speaks now is not cut off by it."""
    relay, _ = await board.carry()
    newer, late = FakeSocket(), FakeSocket()
    back = structs.replace(relay.record, epoch=4)
    talking = board.switchboard.connect(back, newer, TwilioMedia())
    board.switchboard.connect(structs.replace(relay.record, epoch=2), late, TwilioMedia())
    await until(lambda: bool(late.closed_with))
    assert board.switchboard.find(call_id()) is talking
    assert newer.closed_with == []


@pytest.mark.parametrize("is_away", [False, True], ids=["at once", "once the store is back"])
async def test_a_call_that_is_over_ends_though_another_replica_has_it_since(board: Board, *, is_away: bool) -> None:
    """The carrier told us, who had not heard yet: its session would be billed until somebody looked after it."""
    relay, _ = await board.carry()
    record = await board.desk.read(call_id())
    await board.desk.ledger.replace(structs.replace(record, epoch=2, owner="there"), due_ms=10**15)
    board.desk.ledger.is_away = is_away
    assert board.switchboard.hang_up(call_id())
    await until(lambda: relay.state is State.CLOSED and board.switchboard.find(call_id()) is None)
    board.desk.ledger.is_away = False
    if is_away:
        await board.reaper.go_round()
    await until(board.is_ended)
    await until(board.is_forgotten)


async def test_a_socket_that_ends_ends_no_call_that_another_replica_has(board: Board) -> None:
    """Its carrier has left that stream for another, and the caller is still talking."""
    relay, socket = await board.carry()
    record = await board.desk.read(call_id())
    await board.desk.ledger.replace(structs.replace(record, epoch=2, owner="there"), due_ms=10**15)
    await board.stop(relay, socket)
    await until(lambda: board.switchboard.find(call_id()) is None)
    assert (await board.desk.read(call_id())).phase is Phase.LIVE
    assert not board.is_ended()
