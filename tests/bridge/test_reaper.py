import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from gateway.bridge.closer import Closer, Over
from gateway.bridge.presence import Presence
from gateway.bridge.reaper import Reaper
from gateway.bridge.relay import Relay
from gateway.bridge.states import State
from gateway.bridge.surroundings import BridgePolicy, Surroundings
from gateway.bridge.switchboard import Switchboard
from gateway.bridge.wheel import Wheel
from gateway.calls import EndReason
from gateway.errors import StoreUnavailableError
from gateway.routing.watch import RouteBook
from gateway.store.record import CallRecord, Outcome, Phase
from tests.bridge.desk import Desk, open_desk
from tests.bridge.far_end import FarEnd, far_end
from tests.bridge.handset import twilio
from tests.bridge.records import SESSION, call_id, live, opening
from tests.fakes.sockets import FakeSocket
from tests.fakes.until import until
from tests.fakes.world import ROUTES

LEASE_MS = 10_000 + 300_000


@dataclass(frozen=True)
class Rounds:
    """A reaper, its desk, and the calls that it keeps."""

    desk: Desk
    reaper: Reaper
    switchboard: Switchboard
    closer: Closer
    there: FarEnd

    async def be_in_an_outage(self) -> None:
        """The store goes away, the reaper finds that out, and the store is back."""
        self.desk.ledger.is_away = True
        with capture_logs() as logs:
            going = asyncio.get_running_loop().create_task(self.reaper.run())
            await until(lambda: any(line["event"] == "store_unavailable" for line in logs))
            going.cancel()
            await asyncio.wait([going])
        self.desk.ledger.is_away = False

    async def carry(self, name: str = "1") -> Relay:
        """Have a live call here."""
        session = structs.replace(SESSION, stream_url=self.there.url)
        record = structs.replace(live(name, session=session), epoch=1, attached_ms=self.desk.clock.unix_ms())
        await self.desk.write(record)
        return self.switchboard.connect(record, FakeSocket(), twilio())

    def ended(self, result: str, reason: EndReason) -> float:
        """Calls that were counted as ended so."""
        return self.desk.value("gateway_calls_total", carrier="twilio", result=result, reason=reason)


@pytest.fixture
async def rounds(tmp_path: Path) -> AsyncIterator[Rounds]:
    async with _rounds(tmp_path) as opened:
        yield opened


@asynccontextmanager
async def _rounds(folder: Path) -> AsyncIterator[Rounds]:
    path = folder / "routes.toml"
    path.write_text(ROUTES)
    async with open_desk() as desk, far_end() as there, asyncio.TaskGroup() as tasks:
        closer = Closer(desk.office)
        wheel = Wheel(desk.clock)
        around = Surroundings(desk.clock, wheel, desk.office.metrics, BridgePolicy())
        switchboard = Switchboard(desk.office, around, RouteBook(path), closer, tasks)
        reaper = Reaper(desk.office, switchboard, closer, Presence(desk.office))
        yield Rounds(desk, reaper, switchboard, closer, there)
        switchboard.end_all(EndReason.DRAINED)
        await until(lambda: len(switchboard) == 0)
        wheel.stop()


def _ending(record: CallRecord) -> CallRecord:
    return structs.replace(
        record, phase=Phase.ENDING, outcome=Outcome.AFTER, end_reason=EndReason.SESSION_ENDED, caller_gone=True
    )


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (opening(), EndReason.KALLGLOT_UNAVAILABLE),
        (live(), EndReason.MEDIA_MISSING),
        (structs.replace(live(), epoch=2), EndReason.MEDIA_LOST),
        (structs.replace(live(), epoch=2, end_reason=EndReason.MEDIA_SILENT), EndReason.MEDIA_SILENT),
    ],
    ids=["its replica died", "no socket came", "its replica died later", "the caller did not come back"],
)
async def test_a_call_that_was_left_behind_is_ended(rounds: Rounds, record: CallRecord, reason: EndReason) -> None:
    """Its session too, under the word for what happened to it."""
    await rounds.desk.write(record)
    await rounds.reaper.go_round()
    assert rounds.desk.kallglot.times("end") == 1
    assert rounds.ended("failed", reason) == 1
    assert rounds.desk.value("gateway_sessions_orphaned_total", result="ended") == 1
    assert await rounds.desk.ledger.size() == 0


async def test_a_session_that_was_left_behind_and_cannot_be_ended_is_counted_as_such(rounds: Rounds) -> None:
    """It is billed until Kallglot answers again."""
    rounds.desk.kallglot.statuses["end"] = 500
    await rounds.desk.write(live())
    await rounds.reaper.go_round()
    assert rounds.desk.value("gateway_sessions_orphaned_total", result="deferred") == 1


async def test_a_session_that_could_not_be_ended_is_ended_later(rounds: Rounds) -> None:
    """It was counted when it left; this is no second end."""
    await rounds.desk.write(_ending(live()))
    await rounds.reaper.go_round()
    assert rounds.desk.kallglot.asked == [("end", SESSION.session_id)]
    assert rounds.ended("completed", EndReason.SESSION_ENDED) == 0
    assert await rounds.desk.ledger.size() == 0


async def test_a_caller_who_never_asked_what_comes_next_is_forgotten(rounds: Rounds) -> None:
    await rounds.desk.write(structs.replace(_ending(live()), phase=Phase.ENDED, caller_gone=False))
    await rounds.reaper.go_round()
    assert rounds.desk.kallglot.asked == []
    assert await rounds.desk.ledger.size() == 0


async def test_a_call_that_is_well_is_left_alone(rounds: Rounds) -> None:
    """Another replica's word is believed until it runs out."""
    await rounds.desk.write(live(), due_ms=rounds.desk.clock.unix_ms() + 1)
    await rounds.reaper.go_round()
    assert await rounds.desk.read(call_id()) == live()
    rounds.desk.clock.advance(1)
    await rounds.reaper.go_round()
    assert await rounds.desk.ledger.size() == 0


async def test_our_calls_stay_ours(rounds: Rounds) -> None:
    """Each round moves them on: a call of hours is never left behind."""
    relay = await rounds.carry()
    for _ in range(3):
        await rounds.reaper.go_round()
        assert await rounds.desk.due_in_ms(call_id()) == LEASE_MS
        rounds.desk.clock.advance(1_000)
    assert rounds.switchboard.live() == [relay]


async def test_a_clock_that_is_set_ahead_ends_no_call_that_is_here(rounds: Rounds) -> None:
    """By it every lease has run out, and what is due may be looked at before the leases are renewed."""
    relay = await rounds.carry()
    rounds.desk.clock.set_back(-3_600_000)
    await rounds.reaper.look_round()
    assert (await rounds.desk.read(call_id())).phase is Phase.LIVE
    assert rounds.desk.kallglot.times("end") == 0

    await rounds.reaper.renew()
    assert await rounds.desk.due_in_ms(call_id()) == LEASE_MS
    assert rounds.switchboard.live() == [relay]


async def test_a_call_that_another_replica_has_taken_is_let_go(rounds: Rounds) -> None:
    """Two replicas must never feed one session; the newer one's call is not touched."""
    await rounds.carry()
    taken = structs.replace(await rounds.desk.read(call_id()), owner="there", epoch=2)
    await rounds.desk.ledger.replace(taken, rounds.desk.clock.unix_ms() + LEASE_MS)
    await rounds.reaper.go_round()
    assert rounds.switchboard.live() == []
    record = await rounds.desk.read(call_id())
    assert (record.owner, record.phase) == ("there", Phase.LIVE)
    assert rounds.desk.kallglot.times("end") == 0


async def test_a_call_that_comes_back_while_the_store_is_asked_is_kept(rounds: Rounds) -> None:
    """The store has said that another replica has it; then its caller was let in here again."""
    old = await rounds.carry()
    returned = structs.replace(old.record, epoch=3)

    await rounds.desk.ledger.replace(structs.replace(old.record, owner="there", epoch=2), 0)
    rounds.desk.ledger.once_renewed = lambda: rounds.switchboard.connect(returned, FakeSocket(), twilio())
    await rounds.reaper.renew()
    relay = rounds.switchboard.find(call_id())
    assert relay is not None
    assert (relay.record.epoch, old.state, relay.state) == (3, State.CLOSED, State.OPENING)


async def test_a_call_that_ends_while_the_leases_of_others_are_renewed_keeps_its_own_time(rounds: Rounds) -> None:
    """What has to be ended is due at once, and not when a live call's lease would have run out."""
    for number in range(120):
        await rounds.carry(str(number))
    last = call_id("119")

    def leave() -> None:
        rounds.switchboard.release(last)

    rounds.desk.ledger.once_renewed = leave
    rounds.desk.clock.advance(1_000)
    await rounds.reaper.renew()
    assert rounds.desk.ledger.renewals == 2
    assert await rounds.desk.due_in_ms(call_id("118")) == LEASE_MS
    assert await rounds.desk.due_in_ms(last) < LEASE_MS


async def test_a_call_that_the_store_has_lost_is_written_anew(rounds: Rounds) -> None:
    """Else nobody would know of its open session once this replica is gone."""
    relay = await rounds.carry()
    await rounds.desk.ledger.delete(relay.record)
    await rounds.reaper.go_round()
    record = await rounds.desk.read(call_id())
    assert (record.owner, record.phase, record.session) == ("here", Phase.LIVE, relay.record.session)
    assert rounds.switchboard.live() == [relay]


async def test_one_call_s_trouble_does_not_stop_the_round(rounds: Rounds) -> None:
    """A record that cannot be read as it should is logged; the others are looked after."""
    broken = structs.replace(opening("1"), create_body="not JSON")
    await rounds.desk.write(broken, _ending(live("2")))
    with capture_logs() as logs:
        await rounds.reaper.go_round()
    assert ("not_looked_after", call_id("1")) in [(line["event"], line.get("call_id")) for line in logs]
    assert await rounds.desk.ledger.get(call_id("2")) is None


async def test_a_store_that_goes_away_in_mid_round_does_not_stop_the_rounds(rounds: Rounds) -> None:
    """What could not be noted is still due."""
    await rounds.desk.write(structs.replace(_ending(live()), phase=Phase.ENDED))
    rounds.desk.ledger.leaves_after_due = True
    with capture_logs() as logs:
        await rounds.reaper.go_round()
    assert [line["event"] for line in logs] == ["end_not_noted"]
    rounds.desk.ledger.is_away = False
    assert await rounds.desk.ledger.size() == 1


async def test_a_store_that_is_away_is_said(rounds: Rounds) -> None:
    rounds.desk.ledger.is_away = True
    with pytest.raises(StoreUnavailableError):
        await rounds.reaper.go_round()
    rounds.desk.ledger.is_away = False


async def test_operators_hear_of_a_store_that_is_away_and_comes_back(rounds: Rounds) -> None:
    """Also where no caller does: a gateway that is not ready is sent none."""
    assert rounds.desk.value("gateway_store_up") == 1
    await rounds.be_in_an_outage()
    assert rounds.desk.value("gateway_store_up") == 0

    going = asyncio.get_running_loop().create_task(rounds.reaper.run())
    await until(lambda: rounds.desk.value("gateway_store_up") == 1)
    going.cancel()
    await asyncio.wait([going])


async def test_after_an_outage_everybody_may_renew_first(rounds: Rounds) -> None:
    """Nobody could say that a call is well: for a lease's time none is taken for left behind."""
    await rounds.desk.write(live())
    await rounds.be_in_an_outage()
    await rounds.reaper.go_round()
    assert await rounds.desk.read(call_id()) == live()
    rounds.desk.clock.advance(10_000)
    await rounds.reaper.go_round()
    assert await rounds.desk.ledger.size() == 0


async def test_a_replica_that_starts_lets_everybody_renew_first(rounds: Rounds) -> None:
    """The store may have been away until just now, and those whose calls seem left behind are about to say so."""
    await rounds.desk.write(live("1"), _ending(live("2", session=structs.replace(SESSION, session_id="sess_2"))))
    going = asyncio.get_running_loop().create_task(rounds.reaper.run())
    await until(lambda: rounds.desk.kallglot.times("end") > 0)
    going.cancel()
    await asyncio.wait([going])
    assert await rounds.desk.read(call_id("1")) == live("1")
    assert rounds.desk.kallglot.asked == [("end", "sess_2")]


async def test_a_clock_that_is_set_back_does_not_prolong_patience(rounds: Rounds) -> None:
    """A machine that starts with its clock an hour ahead: sessions left behind would be billed for that hour."""
    await rounds.be_in_an_outage()
    rounds.desk.clock.set_back(3_600_000)
    await rounds.desk.write(live())
    rounds.desk.clock.advance(10_000)
    await rounds.reaper.go_round()
    assert await rounds.desk.ledger.size() == 0


@pytest.mark.parametrize(
    "epoch", [None, 0, 1], ids=["the carrier said so", "our socket said so", "a socket that the store has lost"]
)
async def test_an_end_that_the_store_missed_is_made_up_for(rounds: Rounds, epoch: int | None) -> None:
    """The session is not kept for its window: somebody knew that the call was over."""
    await rounds.desk.write(live(), due_ms=rounds.desk.clock.unix_ms() + LEASE_MS)
    rounds.closer.remember(Over(call_id(), Outcome.AFTER, EndReason.CALLER_HUNG_UP, caller_gone=True, epoch=epoch))
    await rounds.reaper.go_round()
    assert rounds.desk.kallglot.asked == [("end", SESSION.session_id)]
    assert rounds.ended("completed", EndReason.CALLER_HUNG_UP) == 1
    assert await rounds.desk.ledger.size() == 0


async def test_a_call_that_has_been_resumed_since_goes_on(rounds: Rounds) -> None:
    """Its old socket's end, told late, is not its own."""
    await rounds.desk.write(structs.replace(live(), epoch=2), due_ms=rounds.desk.clock.unix_ms() + LEASE_MS)
    rounds.closer.remember(Over(call_id(), Outcome.FAILURE, EndReason.MEDIA_INVALID, caller_gone=False, epoch=1))
    await rounds.reaper.go_round()
    assert rounds.desk.kallglot.asked == []
    assert (await rounds.desk.read(call_id())).phase is Phase.LIVE


async def test_what_the_store_misses_again_is_remembered_again(rounds: Rounds) -> None:
    over = Over(call_id(), Outcome.AFTER, EndReason.CALLER_HUNG_UP, caller_gone=True)
    rounds.closer.remember(over)
    rounds.desk.ledger.leaves_after_due = True
    await rounds.reaper.go_round()
    rounds.desk.ledger.is_away = False
    assert rounds.closer.take_unwritten() == [over]


async def test_what_the_store_missed_and_cannot_be_finished_is_said(rounds: Rounds) -> None:
    """And does not stop the rounds."""
    await rounds.desk.write(
        structs.replace(opening(), create_body="not JSON"), due_ms=rounds.desk.clock.unix_ms() + LEASE_MS
    )
    rounds.closer.remember(Over(call_id(), Outcome.AFTER, EndReason.CALLER_HUNG_UP, caller_gone=True))
    with capture_logs() as logs:
        await rounds.reaper.go_round()
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["not_looked_after"]


async def test_a_kallglot_that_hangs_holds_up_no_renewal(rounds: Rounds) -> None:
    """Else other replicas would take calls that are well for left behind, and a drain believe that it is alone."""
    rounds.desk.kallglot.let_go = asyncio.Event()
    await rounds.desk.write(_ending(live("2")))
    going = asyncio.get_running_loop().create_task(rounds.reaper.run())
    await until(lambda: rounds.desk.ledger.renewals > 1)
    rounds.desk.kallglot.let_go.set()
    await until(lambda: rounds.desk.kallglot.times("end") == 1)
    going.cancel()
    await asyncio.wait([going])
