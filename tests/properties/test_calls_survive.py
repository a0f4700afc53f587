"""Whatever happens to carriers, callers, replicas and Kallglot, in whatever order.

No session is left open, no two replicas feed one, and no call is stuck.
"""

import asyncio
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.bridge.answers import Answer
from gateway.calls import CallId, Carrier, CarrierCallId, IncomingCall
from gateway.carriers.base import ConnectStream
from gateway.store.record import Phase
from tests.bridge.desk import Desk, open_desk
from tests.fakes.world import ROUTES
from tests.properties.replicas import Replica, settle

T = TypeVar("T")

CALLS = st.integers(0, 2)
REPLICAS = st.integers(0, 1)


def call(number: int) -> IncomingCall:
    return IncomingCall(Carrier.TWILIO, CarrierCallId(f"CA{number}"), "AC0", "+14155550100", "+14155551234")


class Calls(RuleBasedStateMachine):
    """Three callers, two replicas, one ledger, one Kallglot."""

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._folder = tempfile.TemporaryDirectory()
        self._routes = Path(self._folder.name) / "routes.toml"
        self._routes.write_text(ROUTES)
        self._answers: dict[int, Answer] = {}
        self._names = 0
        self.desk: Desk = self._runner.run(self._stack.enter_async_context(open_desk()))
        self.replicas: list[Replica] = [self.start(), self.start()]

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run it, and everything that it sets going."""

        async def and_settle() -> T:
            result = await coroutine
            await settle(self.desk.ledger)
            return result

        return self._runner.run(and_settle())

    def start(self) -> Replica:
        """A process, under a name of its own."""
        self._names += 1
        replica = Replica(f"replica-{self._names}", self.desk, self._routes)
        return self.run(replica.__aenter__())

    @rule(number=CALLS, at=REPLICAS)
    def the_carrier_sends_the_voice_webhook(self, number: int, at: int) -> None:
        self._answers[number] = self.run(self._arrive(number, self.replicas[at]))

    async def _arrive(self, number: int, replica: Replica) -> Answer:
        record = await self.desk.ledger.get(call(number).call_id)
        if record is not None and record.phase is Phase.OPENING and record.owner != replica.name:
            # It waits for the other one, by the clock, which stands still.
            self.desk.clock.advance(9_000)
        return await asyncio.wait_for(replica.reception.arrive(call(number)), 5)

    @rule(number=CALLS, at=REPLICAS)
    def the_carrier_opens_the_media_socket(self, number: int, at: int) -> None:
        answer = self._answers.get(number)
        if answer is not None and isinstance(answer.document, ConnectStream):
            self.run(self.replicas[at].open_socket(answer))

    @rule(number=CALLS, at=REPLICAS)
    def the_carrier_asks_what_comes_next(self, number: int, at: int) -> None:
        self._answers[number] = self.run(self.replicas[at].reception.come_back(call(number)))

    @rule(number=CALLS, at=REPLICAS)
    def the_carrier_asks_the_fallback(self, number: int, at: int) -> None:
        self._answers[number] = self.run(self.replicas[at].reception.fall_back(call(number)))

    @rule(number=CALLS, at=REPLICAS, message=st.sampled_from(["start", "stop"]))
    def the_carrier_says(self, number: int, at: int, message: str) -> None:
        held = self.replicas[at].sockets.get(call(number).call_id)
        if held is not None:
            data = (Path(__file__).parent.parent / "data" / "twilio" / f"{message}.json").read_bytes()
            self.run(_later(held[0].carrier.media_messages, [data]))

    @rule(number=CALLS, at=REPLICAS)
    def the_media_socket_is_lost(self, number: int, at: int) -> None:
        held = self.replicas[at].sockets.pop(call(number).call_id, None)
        if held is not None:
            self.run(_later(held[0].carrier.media_closed, 1006))

    @rule(number=CALLS, at=REPLICAS)
    def the_caller_hangs_up(self, number: int, at: int) -> None:
        self.run(_later(self.replicas[at].reception.call_over, call(number).call_id))

    @rule(at=REPLICAS)
    def a_replica_is_killed(self, at: int) -> None:
        self.run(self.replicas[at].__aexit__(None, None, None))
        self.replicas[at] = self.start()

    @rule(operation=st.sampled_from(["create", "end"]), status=st.sampled_from([402, 503]))
    def kallglot_refuses(self, operation: str, status: int) -> None:
        self.desk.kallglot.statuses[operation] = status

    @rule()
    def kallglot_is_well(self) -> None:
        self.desk.kallglot.statuses.clear()

    @rule(seconds=st.sampled_from([1, 6, 12, 70, 320]))
    def time_passes(self, seconds: int) -> None:
        self.desk.clock.advance(seconds * 1000)
        self.run(self.go_round())

    async def go_round(self) -> None:
        """Timers and reapers of every replica."""
        for replica in self.replicas:
            replica.wheel.turn()
            await settle(self.desk.ledger)
            await replica.reaper.go_round()

    @invariant()
    def nobody_but_the_latest_socket_feeds_a_session(self) -> None:
        """Claims are heard by every replica; then a call has one owner at most."""
        for number in range(3):
            self.run(self._hear_claims(call(number).call_id))
            owners = [relay for replica in self.replicas for relay in replica.owners(call(number).call_id)]
            assert len(owners) <= 1, f"call {number} has {len(owners)} owners"

    async def _hear_claims(self, call_id: CallId) -> None:
        record = await self.desk.ledger.get(call_id)
        for replica in self.replicas:
            relay = replica.switchboard.find(call_id)
            if relay is not None and record is not None and relay.record.epoch < record.epoch:
                replica.switchboard.release(call_id)

    @precondition(lambda self: self._names < 50)
    @rule()
    def everything_is_looked_after_in_the_end(self) -> None:
        """Kallglot is well, every socket is gone, hours pass: no session is open, and the ledger is empty."""
        self.desk.kallglot.statuses.clear()
        for replica in self.replicas:
            for relay, _ in replica.sockets.values():
                self.run(_later(relay.carrier.media_closed, 1006))
            replica.sockets.clear()
        for _ in range(40):
            self.desk.clock.advance(400_000)
            self.run(self.go_round())
            if self.run(self.desk.ledger.size()) == 0:
                break
        assert self.run(self.desk.ledger.due(2**53, 10)) == []
        assert set(self.desk.kallglot.sessions.values()) <= {"ended"}

    def teardown(self) -> None:
        self.everything_is_looked_after_in_the_end()
        for replica in self.replicas:
            self.run(replica.__aexit__(None, None, None))
        self.run(self._stack.aclose())
        self._runner.close()
        self._folder.cleanup()


async def _later(act: Any, *arguments: Any) -> None:
    act(*arguments)


Calls.TestCase.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)


TestCalls = Calls.TestCase
