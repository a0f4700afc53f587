"""Replicas in one process: the reception, switchboard, closer and reaper of each, over one ledger and one Kallglot.

Streams to Kallglot are never opened (nobody listens at the address); time is a fake clock's.
"""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from gateway.bridge.addresses import PublicAddresses
from gateway.bridge.admission import Admission
from gateway.bridge.answers import Answer
from gateway.bridge.closer import Closer
from gateway.bridge.office import Office
from gateway.bridge.presence import Presence
from gateway.bridge.reaper import Reaper
from gateway.bridge.reception import Reception, ReceptionPolicy
from gateway.bridge.relay import Relay
from gateway.bridge.states import State
from gateway.bridge.surroundings import BridgePolicy, Surroundings
from gateway.bridge.switchboard import Switchboard
from gateway.bridge.wheel import Wheel
from gateway.calls import CallId, Carrier, TicketId
from gateway.carriers.base import ConnectStream
from gateway.carriers.twilio.media import TwilioMedia
from gateway.errors import TicketError
from gateway.kallglot.backoff import BackoffPolicy
from gateway.routing.watch import RouteBook
from tests.bridge.desk import Desk
from tests.fakes.ledger import FlakyLedger

SETTLE = 25
"""Turns of the loop that let everything run that can run without time passing."""


@dataclass
class FakeSocket:
    """A carrier's end of a media socket."""

    closed_with: int | None = None
    sent: list[bytes] = field(default_factory=list)

    def gather(self, least_bytes: int) -> None:
        """Everything is told of as it comes."""

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self, code: int) -> None:
        self.closed_with = self.closed_with or code


class Replica:
    """One process, which can be killed."""

    def __init__(self, name: str, desk: Desk, routes: Path) -> None:
        self.name = name
        self._desk = desk
        self._stack = AsyncExitStack()
        self._book = RouteBook(routes)
        self.sockets: dict[CallId, tuple[Relay, FakeSocket]] = {}

    async def __aenter__(self) -> "Replica":
        office = self._desk.office
        self.office = Office(self.name, office.ledger, office.api, office.lifecycle, office.clock, office.metrics)
        self._tasks = await self._stack.enter_async_context(asyncio.TaskGroup())
        self.wheel = Wheel(office.clock)
        policy = BridgePolicy(backoff=BackoffPolicy(first_ms=3_600_000, ceiling_ms=3_600_000))
        around = Surroundings(office.clock, self.wheel, office.metrics, policy, jitter=lambda: 1.0)
        closer = Closer(self.office)
        self.switchboard = Switchboard(self.office, around, self._book, closer, self._tasks)
        addresses = PublicAddresses("https://gateway.test")
        admission = Admission(self.office, self.switchboard, 1_000, lambda: False, lambda: 0)
        told = ReceptionPolicy(addresses)
        self.reception = Reception(self.office, self._book, self.switchboard, closer, self._tasks, told, admission)
        self.reaper = Reaper(self.office, self.switchboard, closer, Presence(self.office))
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _exc: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.wheel.stop()
        self._tasks.create_task(_die())
        try:
            await self._stack.aclose()
        except* _KilledError:
            pass

    async def open_socket(self, answer: Answer) -> CallId | None:
        """The carrier does as the document says; the call, if its ticket was good."""
        assert isinstance(answer.document, ConnectStream)
        ticket_id = TicketId(answer.document.media_url.rpartition("/")[2])
        try:
            record = await self.switchboard.redeem(ticket_id, Carrier.TWILIO)
        except TicketError:
            return None
        socket = FakeSocket()
        relay = self.switchboard.connect(record, socket, TwilioMedia())
        self.sockets[record.call_id] = (relay, socket)
        return record.call_id

    def owners(self, call_id: CallId) -> list[Relay]:
        """Relays that would feed the call's session now."""
        relay = self.switchboard.find(call_id)
        return [relay] if relay is not None and relay.state is not State.CLOSED else []


class _KilledError(Exception):
    """kill -9: nothing of the process goes on."""


async def _die() -> None:
    raise _KilledError


async def settle(ledger: FlakyLedger) -> None:
    """Let everything run that needs no time; SQLite, which answers from a thread of its own, is waited for."""
    quiet = 0
    while quiet < SETTLE:
        await asyncio.sleep(0)
        quiet = 0 if ledger.under_way else quiet + 1
