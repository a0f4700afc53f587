from collections.abc import AsyncIterator

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from gateway.bridge.closer import Closer
from gateway.calls import EndReason, SessionId
from gateway.errors import StoreUnavailableError
from gateway.store.record import CallRecord, Outcome, Phase
from tests.bridge.desk import Desk, open_desk
from tests.bridge.records import SESSION, call_id, live, opening

KEY = f"gateway-{call_id()}"
"""Of the request that creates the call's session."""


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with open_desk() as opened:
        yield opened


def _ending(record: CallRecord, *, caller_gone: bool = True) -> CallRecord:
    return structs.replace(
        record,
        phase=Phase.ENDING,
        outcome=Outcome.AFTER,
        end_reason=EndReason.SESSION_ENDED,
        caller_gone=caller_gone,
    )


async def _finish(desk: Desk, *, caller_gone: bool = True, version: int | None = None) -> None:
    closer = Closer(desk.office)
    await closer.finish(call_id(), Outcome.AFTER, EndReason.CALLER_HUNG_UP, caller_gone=caller_gone, version=version)


def _counted(desk: Desk) -> float:
    return desk.value("gateway_calls_total", carrier="twilio", result="completed", reason="caller_hung_up")


async def test_a_call_that_is_over_ends_its_session_and_is_forgotten(desk: Desk) -> None:
    await desk.write(live())
    await _finish(desk)
    assert desk.kallglot.asked == [("end", SESSION.session_id)]
    assert await desk.ledger.size() == 0
    assert _counted(desk) == 1


@pytest.mark.parametrize("is_retried", [False, True], ids=["at once", "when Kallglot is back"])
async def test_a_call_whose_end_the_store_has_missed_is_told_of_before_it_is_forgotten(
    desk: Desk, *, is_retried: bool
) -> None:
    """A replica that still has its socket would take it for lost, write it anew, and count it once more."""
    desk.ledger.ends_missed = 1
    await desk.write(live())
    if is_retried:
        desk.kallglot.statuses["end"] = 503
        await _finish(desk)
        del desk.kallglot.statuses["end"]
        await Closer(desk.office).close(await desk.read(call_id()))
    else:
        await _finish(desk)
    assert await desk.ledger.size() == 0
    past = await desk.ledger.recall(call_id(), desk.clock.unix_ms())
    assert past is not None
    assert (past.end_reason, past.ended_ms) == (EndReason.CALLER_HUNG_UP, desk.clock.unix_ms())
    elsewhere = Closer(desk.office)
    await elsewhere.finish(call_id(), Outcome.AFTER, EndReason.MEDIA_LOST, caller_gone=True, known=live())
    assert _counted(desk) == 1
    assert desk.value("gateway_calls_total", carrier="twilio", result="failed", reason="media_lost") == 0


async def test_a_call_whose_end_the_store_goes_on_to_miss_is_kept(desk: Desk) -> None:
    """In the ledger, until nobody can take it for lost any more."""
    desk.ledger.ends_missed = 2
    await desk.write(live())
    await _finish(desk)
    assert (await desk.read(call_id())).is_done


async def test_a_caller_who_is_still_there_keeps_the_record(desk: Desk) -> None:
    """To be answered with what comes after the call."""
    await desk.write(live())
    await _finish(desk, caller_gone=False)
    record = await desk.read(call_id())
    assert (record.phase, record.outcome, record.end_reason) == (
        Phase.ENDED,
        Outcome.AFTER,
        EndReason.CALLER_HUNG_UP,
    )
    assert await desk.due_in_ms(call_id()) == 300_000


async def test_a_call_is_ended_once(desk: Desk) -> None:
    """Stop, status callback and reaper may all say so: one count, one request."""
    await desk.write(live())
    await _finish(desk, caller_gone=False)
    await _finish(desk, caller_gone=False)
    assert _counted(desk) == 1
    assert desk.kallglot.times("end") == 1


async def test_a_caller_who_parts_after_the_end_is_forgotten(desk: Desk) -> None:
    await desk.write(live())
    await _finish(desk, caller_gone=False)
    await _finish(desk, caller_gone=True)
    assert await desk.ledger.size() == 0


async def test_a_call_that_has_moved_on_is_left_alone(desk: Desk) -> None:
    """Somebody decided on what was true a moment ago; meanwhile the caller came back."""
    await desk.write(live())
    await _finish(desk, caller_gone=False, version=live().version + 1)
    assert await desk.read(call_id()) == live()
    assert desk.kallglot.asked == []


async def test_a_call_nobody_knows_is_no_trouble(desk: Desk) -> None:
    """A status callback of a call that was refused, or long forgotten."""
    await _finish(desk)
    assert desk.kallglot.asked == []


@pytest.mark.parametrize("record", [opening(), live()], ids=["opening", "live"])
async def test_only_a_call_that_has_ended_can_be_parted_from(desk: Desk, record: CallRecord) -> None:
    await desk.write(record)
    await Closer(desk.office).part(call_id())
    assert await desk.read(call_id()) == record


async def test_parting_while_the_session_is_being_ended_is_noted(desk: Desk) -> None:
    """The session comes first; then nothing is left to be kept."""
    await desk.write(_ending(live(), caller_gone=False))
    closer = Closer(desk.office)
    await closer.part(call_id())
    record = await desk.read(call_id())
    assert (record.phase, record.caller_gone) == (Phase.ENDING, True)
    await closer.part(call_id())
    await closer.close(record)
    assert await desk.ledger.size() == 0


@pytest.mark.parametrize("status", [401, 409, 429, 500, 503])
async def test_a_session_that_cannot_be_ended_stays_due(desk: Desk, status: int) -> None:
    """Whatever Kallglot says: an open session costs money."""
    desk.kallglot.statuses["end"] = status
    await desk.write(live())
    await _finish(desk)
    record = await desk.read(call_id())
    assert (record.phase, record.end_attempts) == (Phase.ENDING, 1)
    assert await desk.due_in_ms(call_id()) == 2_000

    del desk.kallglot.statuses["end"]
    await Closer(desk.office).close(record)
    assert await desk.ledger.size() == 0


async def test_a_session_is_not_ended_again_before_kallglot_asked_for_it(desk: Desk) -> None:
    """Too many requests: more of them would only use up the next minute's."""
    desk.kallglot.statuses["end"], desk.kallglot.retry_after = 429, "30"
    await desk.write(live())
    await _finish(desk)
    assert await desk.due_in_ms(call_id()) == 30_000


async def test_a_session_that_kallglot_does_not_know_is_ended(desk: Desk) -> None:
    desk.kallglot.statuses["end"] = 404
    await desk.write(live())
    await _finish(desk)
    assert await desk.ledger.size() == 0


async def test_a_session_that_may_have_been_created_is_found_and_ended(desk: Desk) -> None:
    """The replica died, or the answer got lost: the same request with the same key finds it."""
    await desk.write(opening())
    await _finish(desk)
    assert desk.kallglot.asked == [("create", KEY), ("end", f"sess_{KEY}")]
    assert await desk.ledger.size() == 0


@pytest.mark.parametrize("status", [400, 402, 422])
async def test_a_session_that_is_refused_now_was_refused_then(desk: Desk, status: int) -> None:
    desk.kallglot.statuses["create"] = status
    await desk.write(opening())
    await _finish(desk)
    assert desk.kallglot.times("end") == 0
    assert await desk.ledger.size() == 0


@pytest.mark.parametrize(
    ("status", "code"),
    [(429, "rate_limit_exceeded"), (409, "idempotency_conflict"), (503, "unavailable"), (404, "")],
    ids=["too often", "under way", "away", "a proxy's page"],
)
async def test_a_kallglot_that_cannot_say_now_is_asked_again(desk: Desk, status: int, code: str) -> None:
    """It has not said that there is no session: one may be open, and be billed."""
    desk.kallglot.statuses["create"], desk.kallglot.code = status, code
    await desk.write(opening())
    await _finish(desk)
    record = await desk.read(call_id())
    assert (record.phase, record.end_attempts) == (Phase.ENDING, 1)


async def test_an_answer_that_is_no_session_does_not_say_that_there_is_none(desk: Desk) -> None:
    """A session without a stream, say: not what was asked for, and not a refusal."""
    desk.kallglot.is_legible = False
    await desk.write(opening())
    await _finish(desk)
    assert (await desk.read(call_id())).end_attempts == 1


@pytest.mark.parametrize("is_legible", [True, False], ids=["long away", "never legible"])
async def test_a_session_is_looked_for_for_an_hour(desk: Desk, *, is_legible: bool) -> None:
    """By then Kallglot has ended it by itself, and nothing was billed; asked later, it may create one for a credit."""
    desk.kallglot.statuses["create"] = 503
    await desk.write(opening())
    await _finish(desk)
    del desk.kallglot.statuses["create"]
    desk.kallglot.is_legible = is_legible
    desk.clock.advance(3_600_001)
    await Closer(desk.office).close(await desk.read(call_id()))
    assert desk.kallglot.asked == [("create", KEY)]
    assert await desk.ledger.size() == 0


async def test_a_session_is_found_when_kallglot_has_been_away_for_half_an_hour(desk: Desk) -> None:
    desk.kallglot.statuses["create"] = 503
    await desk.write(opening())
    await _finish(desk)
    del desk.kallglot.statuses["create"]
    desk.clock.advance(1_800_000)
    await Closer(desk.office).close(await desk.read(call_id()))
    assert desk.kallglot.asked[-1] == ("end", f"sess_{KEY}")
    assert await desk.ledger.size() == 0


async def test_an_end_that_is_confirmed_in_no_legible_way_is_asked_for_half_an_hour(desk: Desk) -> None:
    """By then Kallglot has ended the session by itself; asked for ever, such calls would add up."""
    desk.kallglot.is_legible = False
    await desk.write(_ending(live()))
    began_ms = desk.clock.unix_ms()
    while not await Closer(desk.office).close(await desk.read(call_id())):
        desk.clock.advance(await desk.due_in_ms(call_id()))
        assert desk.clock.unix_ms() - began_ms < 3_600_000
    assert await desk.ledger.size() == 0
    assert 1_800_000 < desk.clock.unix_ms() - began_ms < 2_700_000


async def test_an_end_that_is_refused_is_asked_for_without_end(desk: Desk) -> None:
    """With a key that was withdrawn, say: the operator will mend it, and the session may be billed until then."""
    desk.kallglot.statuses["end"] = 403
    await desk.write(_ending(structs.replace(live(), end_attempts=1_000)))
    assert not await Closer(desk.office).close(await desk.read(call_id()))
    assert await desk.ledger.size() == 1


async def test_a_call_that_was_refused_has_no_session_to_look_for(desk: Desk) -> None:
    await desk.write(_ending(structs.replace(opening(), create_body="")))
    await Closer(desk.office).close(await desk.read(call_id()))
    assert desk.kallglot.asked == []
    assert await desk.ledger.size() == 0


async def test_a_session_ends_with_its_last_call(desk: Desk) -> None:
    """Customer and agent share one: the first to hang up does not cut the other off."""
    await desk.write(live("1"), live("2"))
    await _finish(desk)
    assert desk.kallglot.asked == []
    await Closer(desk.office).finish(call_id("2"), Outcome.AFTER, EndReason.CALLER_HUNG_UP, caller_gone=True)
    assert desk.kallglot.asked == [("end", SESSION.session_id)]


async def test_an_end_that_cannot_be_noted_comes_due_again(desk: Desk) -> None:
    """The session is ended; the record says so later, when it is ended once more."""
    [record] = await desk.write(_ending(live()))
    desk.ledger.is_away = True
    with capture_logs() as logs:
        await Closer(desk.office).close(record)
    assert [line["event"] for line in logs] == ["end_not_noted"]


async def test_a_store_that_is_away_is_said(desk: Desk) -> None:
    desk.ledger.is_away = True
    with pytest.raises(StoreUnavailableError):
        await _finish(desk)


async def test_a_session_that_was_never_written_down_is_ended_at_once(desk: Desk) -> None:
    await Closer(desk.office).close_unwritten(SessionId("sess_9"))
    assert desk.kallglot.asked == [("end", "sess_9")]
    assert desk.value("gateway_sessions_orphaned_total", result="ended") == 1


async def test_a_session_that_nobody_can_end_is_named_in_the_log(desk: Desk) -> None:
    """Somebody has to end it by hand."""
    desk.kallglot.statuses["end"] = 500
    with capture_logs() as logs:
        await Closer(desk.office).close_unwritten(SessionId("sess_9"))
    assert [(line["event"], line["session_id"]) for line in logs] == [("session_orphaned", "sess_9")]
    assert desk.value("gateway_sessions_orphaned_total", result="lost") == 1
