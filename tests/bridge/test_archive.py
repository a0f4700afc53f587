import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec import structs

from gateway.bridge import archive
from gateway.bridge.lifecycle import LifecyclePolicy
from gateway.bridge.relay import Relay
from gateway.bridge.surroundings import BridgePolicy, Surroundings
from gateway.bridge.wheel import Wheel
from gateway.calls import EndReason
from gateway.carriers.twilio.media import TwilioMedia
from gateway.store.history import PastCall
from gateway.store.record import CallRecord, Phase, Session
from gateway.telemetry.blackbox import EventKind, decode
from tests.bridge.desk import Desk, open_desk
from tests.bridge.records import live, opening, terms
from tests.fakes.sockets import FakeSocket


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with open_desk() as opened:
        yield opened


async def _nowhere(_record: CallRecord, _fresh: bool) -> Session | None:
    await asyncio.Event().wait()
    return None


def _relay(desk: Desk, record: CallRecord) -> Relay:
    around = Surroundings(desk.clock, Wheel(desk.clock), desk.office.metrics, BridgePolicy())
    relay = Relay(record, _nowhere, FakeSocket(), TwilioMedia(), around, terms())
    relay.counts.frames_in = 50
    return relay


async def _kept(desk: Desk) -> PastCall:
    past = await desk.ledger.recall(live().call_id, desk.clock.unix_ms())
    assert past is not None
    return past


def _events(past: PastCall) -> list[tuple[EventKind, str]]:
    return [(event.kind, event.detail) for event in decode(past.box).events]


OVER = structs.replace(live(), phase=Phase.ENDING, end_reason=EndReason.CALLER_HUNG_UP)


async def test_a_call_that_ended_here_is_kept_with_all_its_figures(desk: Desk) -> None:
    relay = _relay(desk, live())
    desk.clock.advance(3_000)
    await archive.finish(desk.office, OVER, relay)
    past = await _kept(desk)
    assert (past.end_reason, past.figures["frames_in"]) == (EndReason.CALLER_HUNG_UP, 50)
    assert past.ended_ms - past.created_ms == 3_000
    assert past.health is not None
    assert _events(past) == [(EventKind.MEDIA_OPEN, ""), (EventKind.END, "caller_hung_up")]


async def test_a_recording_goes_on_with_the_next_socket(desk: Desk) -> None:
    """Whichever replica has it."""
    await archive.shelve(desk.office, _relay(desk, live()))
    past = await _kept(desk)
    assert (past.ended_ms, past.end_reason) == (0, None)
    box = await archive.box_of(desk.office, live())
    assert [event.kind for event in decode(box.encode()).events] == [EventKind.MEDIA_OPEN]


async def test_without_a_recording_it_begins_with_what_the_record_tells(desk: Desk) -> None:
    """As after a replica's death."""
    box = await archive.box_of(desk.office, live())
    events = [(event.at_ms, event.kind) for event in decode(box.encode()).events]
    assert events == [(0, EventKind.WEBHOOK), (0, EventKind.SESSION_CREATED)]


async def test_a_call_that_kallglot_refused_is_kept_with_its_code(desk: Desk) -> None:
    refused = structs.replace(opening(), phase=Phase.ENDING, end_reason=EndReason.SESSION_REFUSED)
    await archive.finish_unseen(desk.office, refused, "insufficient_api_credits")
    assert _events(await _kept(desk)) == [
        (EventKind.WEBHOOK, ""),
        (EventKind.SESSION_REFUSED, "insufficient_api_credits"),
        (EventKind.END, "session_refused"),
    ]


async def test_a_carrier_s_complaint_of_a_call_without_a_socket_is_kept(desk: Desk) -> None:
    """It says why the socket never came, and stands there when the call is given up."""
    await desk.write(live())
    await archive.add(desk.office, live().call_id, EventKind.CARRIER_FAULT, "31920")
    await archive.add(desk.office, live("nobody").call_id, EventKind.CARRIER_FAULT, "31920")
    missing = structs.replace(live(), phase=Phase.ENDING, end_reason=EndReason.MEDIA_MISSING)
    await archive.finish_unseen(desk.office, missing)
    assert _events(await _kept(desk))[2:] == [(EventKind.CARRIER_FAULT, "31920"), (EventKind.END, "media_missing")]


async def test_who_had_the_socket_knows_more_than_who_ended_the_call(desk: Desk) -> None:
    """The carrier told another replica that the call is over."""
    relay = _relay(desk, live())
    await archive.finish_unseen(desk.office, OVER)
    await archive.shelve(desk.office, relay)
    past = await _kept(desk)
    assert (past.end_reason, past.figures["frames_in"]) == (EndReason.CALLER_HUNG_UP, 50)
    assert _events(past) == [(EventKind.MEDIA_OPEN, ""), (EventKind.END, "caller_hung_up")]


async def test_an_older_socket_does_not_write_over_a_newer_one(desk: Desk) -> None:
    await archive.finish(desk.office, structs.replace(OVER, epoch=2), _relay(desk, structs.replace(live(), epoch=2)))
    await archive.shelve(desk.office, _relay(desk, live()))
    assert (await _kept(desk)).epoch == 2


async def test_an_unreadable_recording_costs_no_call(desk: Desk) -> None:
    await archive.shelve(desk.office, _relay(desk, live()))
    broken = structs.replace(await _kept(desk), box=b"\x91\x09")
    await desk.ledger.keep(broken, desk.clock.unix_ms(), 60_000)
    box = await archive.box_of(desk.office, live())
    assert decode(box.encode()).events[0].kind is EventKind.WEBHOOK


async def test_a_store_that_is_away_costs_no_call(desk: Desk) -> None:
    desk.ledger.is_away = True
    await archive.box_of(desk.office, live())
    await archive.shelve(desk.office, _relay(desk, live()))
    await archive.finish_unseen(desk.office, OVER)
    await archive.add(desk.office, live().call_id, EventKind.CARRIER_FAULT, "31920")
    desk.ledger.is_away = False
    assert await desk.ledger.recall(live().call_id, desk.clock.unix_ms()) is None


async def test_nothing_but_its_end_is_kept_of_a_call_that_is_over_where_that_is_not_wanted() -> None:
    """Of one whose caller may come back all of it; that it is over tells whoever still has a socket of it."""
    async with open_desk(LifecyclePolicy(keep_ms=0)) as desk:
        relay = _relay(desk, live())
        await archive.shelve(desk.office, relay)
        assert (await _kept(desk)).figures["frames_in"] == 50
        await archive.finish(desk.office, OVER, relay)
        past = await _kept(desk)
        assert (past.end_reason, past.figures, past.health, _events(past)) == (EndReason.CALLER_HUNG_UP, {}, None, [])
        desk.clock.advance(360_000)
        assert await desk.ledger.recall(live().call_id, desk.clock.unix_ms()) is None
