"""How many sockets may wait at the door; who is let in is in `test_upgrade.py`, over real connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from gateway.bridge.closer import Closer
from gateway.bridge.drain import Drain, DrainPolicy
from gateway.bridge.presence import Presence
from gateway.bridge.surroundings import BridgePolicy, Surroundings
from gateway.bridge.switchboard import Switchboard
from gateway.bridge.wheel import Wheel
from gateway.calls import CallId, Carrier
from gateway.carriers.telnyx.webhooks import TelnyxPolicy, TelnyxWebhooks
from gateway.routing.watch import RouteBook
from gateway.store.record import CallRecord
from gateway.web.media import MediaDoor, Refusal
from tests.bridge.desk import Desk, open_desk
from tests.bridge.records import ticket
from tests.fakes.ledger import FlakyLedger
from tests.fakes.until import until
from tests.fakes.world import ROUTES


class SlowLedger(FlakyLedger):
    """Answers when a test says so."""

    def __init__(self, ledger: FlakyLedger) -> None:
        self._ledger = ledger
        self.asked = 0
        self.may_answer = asyncio.Event()

    async def get(self, call_id: CallId) -> CallRecord | None:
        self.asked += 1
        await self.may_answer.wait()
        return await self._ledger.get(call_id)


@asynccontextmanager
async def open_door(desk: Desk, ledger: SlowLedger, folder: Path, most_waiting: int) -> AsyncIterator[MediaDoor]:
    routes = folder / "routes.toml"
    routes.write_text(ROUTES)
    office = replace(desk.office, ledger=ledger)
    async with asyncio.TaskGroup() as tasks:
        around = Surroundings(desk.clock, Wheel(desk.clock), office.metrics, BridgePolicy())
        board = Switchboard(office, around, RouteBook(routes), Closer(office), tasks)
        drain = Drain(board, Presence(office), desk.clock, office.metrics, DrainPolicy(), lambda: False)
        dialects = {Carrier.TELNYX: TelnyxWebhooks(TelnyxPolicy())}
        yield MediaDoor(dialects, board, drain, office.metrics, "wss://gateway.test", most_waiting)


async def test_only_so_many_sockets_wait_for_the_store(tmp_path: Path) -> None:
    """A flood of sockets is answered at once instead of being kept; those that wait already are not disturbed."""
    path = f"/media/telnyx/{ticket().ticket_id}"
    async with open_desk() as desk:
        ledger = SlowLedger(desk.ledger)
        async with open_door(desk, ledger, tmp_path, most_waiting=2) as door, asyncio.TaskGroup() as tasks:
            waiting = [tasks.create_task(door.ask(path, {}, "192.0.2.1")) for _ in range(2)]
            await until(lambda: ledger.asked == 2)
            assert await door.ask(path, {}, "192.0.2.1") == Refusal(503, "crowded")
            ledger.may_answer.set()
            assert {await each for each in waiting} == {Refusal(403, "unknown_ticket")}
            assert await door.ask(path, {}, "192.0.2.1") == Refusal(403, "unknown_ticket")
        assert desk.value("gateway_media_auth_total", carrier="telnyx", result="crowded") == 1
