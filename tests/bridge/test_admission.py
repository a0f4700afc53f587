import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.bridge.admission import Admission
from gateway.bridge.closer import Closer
from gateway.bridge.surroundings import BridgePolicy, Surroundings
from gateway.bridge.switchboard import Switchboard
from gateway.bridge.wheel import Wheel
from gateway.routing.watch import RouteBook
from gateway.telemetry.metrics import AdmissionState
from tests.bridge.desk import Desk, open_desk
from tests.bridge.records import call_id, live
from tests.fakes.world import ROUTES

OPEN, FULL = AdmissionState.OPEN, AdmissionState.FULL


@asynccontextmanager
async def open_admission(
    tmp_path: Path, *, max_calls: int, others: int = 0, is_overloaded: bool = False
) -> AsyncIterator[tuple[Desk, Admission]]:
    path = tmp_path / "routes.toml"
    path.write_text(ROUTES)
    async with open_desk() as desk, asyncio.TaskGroup() as tasks:
        around = Surroundings(desk.clock, Wheel(desk.clock), desk.office.metrics, BridgePolicy())
        switchboard = Switchboard(desk.office, around, RouteBook(path), Closer(desk.office), tasks)
        yield desk, Admission(desk.office, switchboard, max_calls, lambda: is_overloaded, lambda: others)


async def test_a_call_has_its_room_from_the_moment_it_is_let_in(tmp_path: Path) -> None:
    """Of a burst of callers no more are let in than may be up at once, though no audio has come of any."""
    async with open_admission(tmp_path, max_calls=2) as (_, admission):
        assert [await admission.let_in(call_id(name)) for name in "123"] == [OPEN, OPEN, FULL]
        admission.answered(call_id("1"), is_coming=True)
        admission.answered(call_id("2"), is_coming=True)
        assert await admission.let_in(call_id("3")) is FULL


async def test_a_call_that_was_told_something_else_gives_its_room_back(tmp_path: Path) -> None:
    """At once: Kallglot refused its session, say."""
    async with open_admission(tmp_path, max_calls=1) as (_, admission):
        assert await admission.let_in(call_id("1")) is OPEN
        admission.answered(call_id("1"), is_coming=False)
        assert await admission.let_in(call_id("2")) is OPEN


async def test_a_call_that_does_not_come_gives_its_room_back(tmp_path: Path) -> None:
    """After a while: its caller has hung up, and nobody told us."""
    async with open_admission(tmp_path, max_calls=1) as (desk, admission):
        await admission.let_in(call_id("1"))
        admission.answered(call_id("1"), is_coming=True)
        assert admission.state is FULL
        desk.clock.advance(9_999)
        assert admission.state is FULL
        desk.clock.advance(1)
        assert admission.state is OPEN


async def test_several_replicas_share_those_that_are_coming(tmp_path: Path) -> None:
    """A carrier is led to any of them, whoever has told it to come."""
    async with open_admission(tmp_path, max_calls=2, others=1) as (_, admission):
        for name in "123":
            assert await admission.let_in(call_id(name)) is OPEN
            admission.answered(call_id(name), is_coming=True)
        assert admission.state is OPEN
        await admission.let_in(call_id("4"))
        assert admission.state is FULL


async def test_a_call_that_is_told_of_again_is_let_in_however_full_it_is(tmp_path: Path) -> None:
    """It was let in before, perhaps by another replica: refused now it would be cut off, and its session left open."""
    async with open_admission(tmp_path, max_calls=1) as (desk, admission):
        await desk.write(live("1"))
        await admission.let_in(call_id("2"))
        assert await admission.let_in(call_id("3")) is FULL
        assert await admission.let_in(call_id("1")) is OPEN


async def test_without_the_store_a_full_replica_lets_nobody_in(tmp_path: Path) -> None:
    """Whether the call is known cannot be said."""
    async with open_admission(tmp_path, max_calls=1) as (desk, admission):
        await admission.let_in(call_id("1"))
        desk.ledger.is_away = True
        assert await admission.let_in(call_id("2")) is FULL


async def test_a_replica_that_is_late_lets_nobody_new_in(tmp_path: Path) -> None:
    """However few calls it has."""
    async with open_admission(tmp_path, max_calls=9, is_overloaded=True) as (_, admission):
        assert await admission.let_in(call_id("1")) is AdmissionState.OVERLOADED
