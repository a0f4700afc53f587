import math

import pytest
from msgspec import structs

from gateway.bridge.events import Ending
from gateway.bridge.lifecycle import Lifecycle, LifecyclePolicy
from gateway.calls import EndReason
from gateway.store.record import CallRecord, Change, Outcome, Phase
from tests.bridge.records import SESSION, live, opening, ticket
from tests.fakes.clock import UNIX_MS

POLICY = LifecyclePolicy()
RULES = Lifecycle(POLICY)
ENDING = RULES.over(live(), Outcome.AFTER, EndReason.SESSION_ENDED, UNIX_MS, caller_gone=False).record


def _came_back(record: CallRecord, now_ms: int) -> CallRecord:
    change = RULES.returned(record, ticket(), now_ms)
    assert change is not None
    return change.record


def test_a_claimed_call_is_looked_after_when_its_session_does_not_come() -> None:
    """The replica that claimed it may be gone."""
    assert RULES.opening(opening(), UNIX_MS) == Change(opening(), UNIX_MS + 15_000)


def test_an_opened_call_waits_for_its_socket() -> None:
    """For as long as the ticket lives, and the carrier may speak the greeting."""
    change = RULES.opened(opening(), SESSION, ticket(), UNIX_MS)
    assert change.due_ms == UNIX_MS + 90_000
    assert (change.record.phase, change.record.session, change.record.ticket) == (Phase.LIVE, SESSION, ticket())
    assert change.record.create_body == ""


def test_a_call_has_an_owner_as_long_as_its_lease() -> None:
    """And the caller has the whole window to come back after that."""
    lost = structs.replace(live(), end_reason=EndReason.MEDIA_LOST)
    change = RULES.attached(lost, "there", UNIX_MS)
    assert (change.record.owner, change.record.end_reason) == ("there", None)
    assert change.due_ms == RULES.lease_due_ms(UNIX_MS) == UNIX_MS + 10_000 + 300_000


def test_a_caller_may_come_back_five_times_in_a_minute() -> None:
    """The sixth time something is broken that no resume mends."""
    record = live()
    for number in range(5):
        record = _came_back(record, UNIX_MS + number * 1_000)
    assert RULES.returned(record, ticket(), UNIX_MS + 59_999) is None


def test_old_returns_are_forgotten() -> None:
    """A call of hours may be cut often, if not too often at once."""
    record = live()
    for number in range(50):
        record = _came_back(record, UNIX_MS + number * 15_000)
    assert len(record.resumed_ms) <= 5


def test_a_return_a_minute_ago_does_not_count() -> None:
    record = structs.replace(live(), resumed_ms=(UNIX_MS,) * 5)
    assert RULES.returned(record, ticket(), UNIX_MS + 59_999) is None
    assert _came_back(record, UNIX_MS + 60_000).resumed_ms == (UNIX_MS + 60_000,)


def test_a_caller_who_comes_back_has_a_new_ticket_and_epoch() -> None:
    """Whoever still holds the old stream is told to let go."""
    fresh = ticket(secret=b"n" * 32)
    change = RULES.returned(live(), fresh, UNIX_MS)
    assert change is not None
    assert (change.record.ticket, change.record.epoch) == (fresh, live().epoch + 1)
    assert change.due_ms == UNIX_MS + 90_000


def test_a_new_ticket_is_no_return() -> None:
    """The carrier asked twice before it came at all."""
    fresh = ticket(secret=b"n" * 32)
    change = RULES.reticketed(live(), fresh, UNIX_MS)
    assert change == Change(structs.replace(live(), ticket=fresh), UNIX_MS + 90_000)


def test_a_call_that_lost_its_socket_waits_for_its_caller() -> None:
    """The session stays open for the window."""
    change = RULES.left(live(), Ending.AWAIT_RETURN, EndReason.MEDIA_LOST, UNIX_MS)
    assert change == Change(structs.replace(live(), end_reason=EndReason.MEDIA_LOST), UNIX_MS + 300_000)


def test_a_socket_that_is_let_go_says_how_far_it_came() -> None:
    """The numbering of the audio and the call's figures go on with the next socket."""
    attached = RULES.attached(live(), "here", UNIX_MS).record
    alone = RULES.let_go(attached, next_sequence=42, figures={"frames_in": 7})
    back = _came_back(alone, UNIX_MS + 60_000)
    assert (back.next_sequence, back.figures, back.attached_ms) == (42, {"frames_in": 7}, 0)


def test_a_replica_that_died_cannot_have_used_the_numbers_that_come_next() -> None:
    """It cannot say how far it came: no number that it had time for is used again."""
    attached = RULES.attached(structs.replace(live(), next_sequence=10), "there", UNIX_MS).record
    back = _came_back(attached, UNIX_MS + 60_000)
    assert back.next_sequence == 10 + (60_000 + 10_000) // 100 + 1


def test_no_clock_leads_back_to_numbers_that_were_used() -> None:
    """The replica that takes a call over may be a minute behind the one that had it."""
    attached = RULES.attached(structs.replace(live(), next_sequence=10), "there", UNIX_MS).record
    assert _came_back(attached, UNIX_MS - 60_000).next_sequence == 10 + 10_000 // 100 + 1


@pytest.mark.parametrize(
    ("ending", "outcome", "caller_gone"),
    [
        (Ending.OVER, Outcome.AFTER, True),
        (Ending.AFTER, Outcome.AFTER, False),
        (Ending.FAILURE, Outcome.FAILURE, False),
    ],
)
def test_a_call_that_left_is_to_be_ended(ending: Ending, outcome: Outcome, caller_gone: bool) -> None:
    """And a caller who is still there is owed an answer."""
    change = RULES.left(live(), ending, EndReason.SESSION_ENDED, UNIX_MS)
    record = change.record
    assert (record.phase, record.outcome, record.caller_gone) == (Phase.ENDING, outcome, caller_gone)
    assert record.end_reason is EndReason.SESSION_ENDED
    assert change.due_ms == UNIX_MS + 1_000


def test_a_session_that_may_exist_is_looked_for() -> None:
    """The create body is kept; not where Kallglot refused it."""
    lost = RULES.over(opening(), Outcome.FAILURE, EndReason.KALLGLOT_UNAVAILABLE, UNIX_MS, caller_gone=False)
    assert lost.record.create_body == opening().create_body
    refused = RULES.over(opening(), Outcome.FAILURE, EndReason.SESSION_REFUSED, UNIX_MS, caller_gone=False)
    assert refused.record.create_body == ""


def test_a_caller_who_has_gone_stays_gone() -> None:
    gone = structs.replace(live(), caller_gone=True)
    assert RULES.over(gone, Outcome.AFTER, EndReason.SESSION_ENDED, UNIX_MS, caller_gone=False).record.caller_gone


def test_a_session_that_comes_late_is_ended_all_the_same() -> None:
    late = RULES.come_late(structs.replace(opening(), phase=Phase.ENDING), SESSION, UNIX_MS)
    assert (late.record.phase, late.record.session, late.record.create_body) == (Phase.ENDING, SESSION, "")
    assert late.due_ms == UNIX_MS + 1_000


def test_ending_is_tried_again_ever_more_patiently() -> None:
    """An open session costs money, and an overrun Kallglot ends none: at most a minute apart, for ever."""
    record, waits_ms = ENDING, []
    for _ in range(40):
        change = RULES.not_ended(record, UNIX_MS)
        record = change.record
        waits_ms.append(change.due_ms - UNIX_MS)
    assert waits_ms[:6] == [2_000, 4_000, 8_000, 16_000, 32_000, 60_000]
    assert set(waits_ms[6:]) == {60_000}
    assert record.end_attempts == 40


@pytest.mark.parametrize(("asked_s", "wait_ms"), [(0.5, 2_000), (30, 30_000), (3_600, 60_000), (math.inf, 60_000)])
def test_ending_is_not_tried_again_before_kallglot_asked_for_it(asked_s: float, wait_ms: int) -> None:
    """`Retry-After`, up to the minute that is its window: requests that come too early are counted, too."""
    assert RULES.not_ended(ENDING, UNIX_MS, asked_s).due_ms == UNIX_MS + wait_ms


def test_an_ended_call_is_kept_for_a_caller_who_is_still_there() -> None:
    assert RULES.ended(ENDING, UNIX_MS) == Change(structs.replace(ENDING, phase=Phase.ENDED), UNIX_MS + 300_000)


def test_nothing_is_owed_to_a_caller_who_has_parted() -> None:
    change = RULES.parted(RULES.ended(ENDING, UNIX_MS).record, UNIX_MS)
    assert change.record.is_done
    assert change.due_ms == UNIX_MS
