"""Races between a caller's arrival and whatever else becomes of the call; tests/web has the webhooks themselves."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.bridge.addresses import PublicAddresses
from gateway.bridge.admission import Admission
from gateway.bridge.answers import Answer
from gateway.bridge.closer import Closer, Over
from gateway.bridge.reception import Reception, ReceptionPolicy
from gateway.bridge.surroundings import BridgePolicy, Surroundings
from gateway.bridge.switchboard import Switchboard
from gateway.bridge.wheel import Wheel
from gateway.calls import Carrier, CarrierCallId, EndReason, IncomingCall
from gateway.carriers.base import HangUp
from gateway.routing.watch import RouteBook
from gateway.store.record import Outcome, Phase
from gateway.telemetry.metrics import WebhookResult
from tests.bridge.desk import Desk, open_desk
from tests.bridge.records import call_id
from tests.fakes.until import until
from tests.fakes.world import ROUTES

CALL = IncomingCall(Carrier.TWILIO, CarrierCallId("CA1"), "AC0", "+14155550100", "+14155551234")


@dataclass(frozen=True)
class Front:
    """A reception, and the desk behind it."""

    desk: Desk
    reception: Reception
    closer: Closer
    routes: RouteBook

    def take_the_route_away(self) -> None:
        """The routes file is written anew, without the one that answers."""
        self.routes.path.write_text(f'{ROUTES.replace("support", "other")}to = "+14155559999"')
        assert self.routes.reload()


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[Front]:
    path = tmp_path / "routes.toml"
    path.write_text(ROUTES)
    async with open_desk() as desk, asyncio.TaskGroup() as tasks:
        closer, routes = Closer(desk.office), RouteBook(path)
        around = Surroundings(desk.clock, Wheel(desk.clock), desk.office.metrics, BridgePolicy())
        switchboard = Switchboard(desk.office, around, routes, closer, tasks)
        policy = ReceptionPolicy(PublicAddresses("https://gateway.test"))
        admission = Admission(desk.office, switchboard, 1_000, lambda: False, lambda: 0)
        reception = Reception(desk.office, routes, switchboard, closer, tasks, policy, admission)
        yield Front(desk, reception, closer, routes)


def _all_ended(desk: Desk) -> bool:
    return set(desk.kallglot.sessions.values()) == {"ended"}


async def _was_asked_in_vain(desk: Desk) -> bool:
    return (await desk.read(call_id())).end_attempts == 1


async def _is_forgotten(desk: Desk) -> bool:
    return await desk.ledger.size() == 0


async def test_a_session_that_comes_after_its_caller_has_gone_is_ended(front: Front) -> None:
    """The caller hung up while it was being created, and Kallglot, asked for it, said that there is none."""
    kallglot = front.desk.kallglot
    kallglot.create_answered = answered = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(front.reception.arrive(CALL))
        await until(lambda: kallglot.times("create") == 1)
        kallglot.statuses["create"] = 402
        front.reception.call_over(call_id())
        await until(lambda: _is_forgotten(front.desk))
        answered.set()
    await until(lambda: _all_ended(front.desk))


async def test_a_session_that_comes_while_it_is_looked_for_is_written_down(front: Front) -> None:
    """The caller hung up while it was being created, and Kallglot cannot say yet whether it is there."""
    desk = front.desk
    desk.kallglot.create_answered = answered = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(front.reception.arrive(CALL))
        await until(lambda: desk.kallglot.times("create") == 1)
        desk.kallglot.statuses["create"] = 503
        front.reception.call_over(call_id())
        await until(lambda: _was_asked_in_vain(desk))
        answered.set()
    record = await desk.read(call_id())
    assert (record.phase, record.create_body) == (Phase.ENDING, "")
    await front.closer.close(record)
    assert _all_ended(desk)
    assert await _is_forgotten(desk)


async def test_a_session_is_looked_for_where_a_proxy_answered(front: Front) -> None:
    """Its page does not say that Kallglot has created none: an earlier attempt may have come through."""
    desk = front.desk
    desk.kallglot.statuses["create"], desk.kallglot.code = 404, ""
    assert (await front.reception.arrive(CALL)).result is WebhookResult.FAILED
    await until(lambda: _was_asked_in_vain(desk))
    desk.kallglot.statuses.clear()
    await front.closer.close(await desk.read(call_id()))
    assert _all_ended(desk)


async def test_a_session_that_ends_while_its_caller_comes_back_has_done_its_work(front: Front) -> None:
    """What comes after the call, and no apology: nobody came back too often."""
    await front.reception.arrive(CALL)

    async def end() -> None:
        await front.closer.finish(call_id(), Outcome.AFTER, EndReason.SESSION_ENDED, caller_gone=False)

    front.desk.ledger.meanwhile = end
    answer = await front.reception.come_back(CALL)
    assert answer == Answer(HangUp(None), WebhookResult.PARTED)
    assert front.desk.value("gateway_calls_resumed_total", cause="never_connected", result="too_often") == 0


@pytest.mark.parametrize(
    ("outcome", "wanted"), [(Outcome.AFTER, WebhookResult.PARTED), (Outcome.FAILURE, WebhookResult.FAILED)]
)
async def test_what_comes_after_a_call_is_known_though_the_store_is_away(
    front: Front, outcome: Outcome, wanted: WebhookResult
) -> None:
    """Kallglot ended the session, or a gateway that stops cut the call, while nothing could be written down.

    Nobody waits for the store in silence, to hear an apology whatever was meant to come, or nothing at all from a
    gateway that has gone by then.
    """
    await front.reception.arrive(CALL)
    known = await front.desk.read(call_id())
    front.desk.ledger.is_away = True
    front.closer.remember(Over(call_id(), outcome, EndReason.DRAINED, caller_gone=False, epoch=0, known=known))

    assert (await front.reception.come_back(CALL)).result is wanted
    assert (await front.reception.fall_back(CALL)).result is wanted

    front.desk.ledger.is_away = False
    (over,) = front.closer.take_unwritten()
    assert over.caller_gone


async def test_a_call_goes_on_though_its_route_is_gone(front: Front) -> None:
    """A number is taken out of the file while people talk; a replica that goes then hands its calls over."""
    await front.reception.arrive(CALL)
    front.take_the_route_away()

    answer = await front.reception.come_back(CALL)

    assert answer.result is WebhookResult.RESUMED
    await front.closer.finish(call_id(), Outcome.FAILURE, EndReason.SESSION_ERROR, caller_gone=False)
    assert (await front.reception.come_back(CALL)).result is WebhookResult.FAILED


async def test_nobody_new_is_let_in_by_a_route_that_is_gone(front: Front) -> None:
    """Nor by way of the question what comes after the call."""
    front.take_the_route_away()

    assert (await front.reception.arrive(CALL)).result is WebhookResult.REFUSED
    assert (await front.reception.come_back(CALL)).result is WebhookResult.REFUSED


async def test_a_bug_in_one_call_s_end_ends_no_other(front: Front) -> None:
    """It is logged; the gateway goes on."""
    with capture_logs() as logs:
        front.desk.ledger.is_broken = True
        front.reception.call_over(call_id())
        await until(lambda: bool(logs))
        front.desk.ledger.is_broken = False
    assert [line["event"] for line in logs] == ["not_done_aside"]
    assert (await front.reception.arrive(CALL)).result is WebhookResult.CONNECTED
