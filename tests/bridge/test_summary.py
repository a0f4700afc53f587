from collections import Counter
from collections.abc import AsyncIterator

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from gateway.bridge.summary import call_ended
from gateway.calls import FAULT_OF, Direction, EndReason, Fault
from gateway.telemetry.counts import CallCounts, DropReason
from tests.bridge.desk import Desk, open_desk
from tests.bridge.records import SESSION, call_id, live, opening


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with open_desk() as opened:
        yield opened


@pytest.mark.parametrize("reason", EndReason)
async def test_every_end_is_one_line_and_one_count(desk: Desk, reason: EndReason) -> None:
    """Under the same word, with whose fault it was."""
    with capture_logs() as logs:
        call_ended(desk.office, structs.replace(live(), end_reason=reason), {})
    [line] = logs
    assert (line["event"], line["reason"], line["fault"]) == ("call_ended", reason, FAULT_OF[reason])
    result = "completed" if FAULT_OF[reason] is Fault.NOBODY else "failed"
    assert desk.value("gateway_calls_total", carrier="twilio", result=result, reason=reason) == 1


async def test_the_line_says_which_call_it_was(desk: Desk) -> None:
    desk.clock.advance(65_432)
    with capture_logs() as logs:
        call_ended(desk.office, live(), {})
    [line] = logs
    assert line["call_id"] == call_id()
    assert (line["carrier"], line["carrier_call_id"]) == ("twilio", "CA1")
    assert (line["session_id"], line["route"]) == (SESSION.session_id, "support")
    assert line["seconds"] == 65.4
    assert desk.value("gateway_call_duration_seconds_sum") == 65.432


async def test_a_call_without_a_session_or_a_reason_has_a_line_all_the_same(desk: Desk) -> None:
    """Whoever forgot to say why made a mistake of ours."""
    with capture_logs() as logs:
        call_ended(desk.office, opening(), {})
    [line] = logs
    assert (line["session_id"], line["reason"]) == (None, EndReason.INTERNAL_ERROR)


async def test_the_line_holds_the_call_s_figures(desk: Desk) -> None:
    """What was lost by which way and why; how often the caller came back."""
    counts = CallCounts(frames_in=500, heard_ms=1_200, dropped=Counter({(Direction.IN, DropReason.NOT_READY): 3}))
    record = structs.replace(live(), resumed_ms=(1, 2))
    with capture_logs() as logs:
        call_ended(desk.office, record, counts.with_earlier({"frames_in": 50}), counts.dropped)
    [line] = logs
    assert (line["frames_in"], line["heard_ms"], line["resumed"]) == (550, 1_200, 2)
    assert line["dropped"] == {"in_not_ready": 3}
