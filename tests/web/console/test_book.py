from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from gateway.calls import CallId, Carrier, CarrierCallId, EndReason
from gateway.clock import SystemClock
from gateway.errors import RecordingError
from gateway.store.history import PastCall
from gateway.telemetry.blackbox import BlackBox, EventKind
from gateway.web.console.book import CallBook, past_story
from tests.fakes.carriers import arrive, dial
from tests.fakes.until import until
from tests.fakes.world import World, open_world

BEGAN_MS = 1_700_000_000_000


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


def past(box: bytes | None = None, *, ended_ms: int = 0) -> PastCall:
    return PastCall(
        CallId("call_x"),
        Carrier.TWILIO,
        CarrierCallId("CA1"),
        "support",
        None,
        BEGAN_MS,
        1,
        BlackBox(BEGAN_MS).encode() if box is None else box,
        ended_ms=ended_ms,
        end_reason=EndReason.CALLER_HUNG_UP if ended_ms else None,
        figures={"frames_in": 50},
    )


def test_a_call_that_is_over_is_told_as_it_ended() -> None:
    """It does not get longer by being looked at."""
    story = past_story(past(ended_ms=BEGAN_MS + 90_500), BEGAN_MS + 3_600_000)
    assert (story.state, story.reason, story.seconds) == ("Ended", EndReason.CALLER_HUNG_UP, 90.5)
    assert story.figures == {"frames_in": 50}


def test_a_call_between_two_sockets_is_neither_live_nor_over() -> None:
    story = past_story(past(), BEGAN_MS + 5_000)
    assert (story.state, story.reason, story.seconds) == ("Away: its caller may come back", None, 5.0)


def test_a_recording_of_another_version_is_refused() -> None:
    with pytest.raises(RecordingError):
        past_story(past(b"\x91\x63"), BEGAN_MS)


async def test_a_call_is_found_while_it_is_on_and_after_it(world: World) -> None:
    """The same page, bookmarked during the call."""
    book = CallBook(world.gateway.switchboard, world.gateway.ledger, SystemClock())
    async with httpx.AsyncClient() as client:
        _, url = await arrive(client, world, Carrier.TWILIO)
        async with await dial(url):
            await until(lambda: len(world.gateway.switchboard) == 1)
            (relay,) = world.gateway.switchboard.live()
            live = await book.find(relay.record.call_id)
            assert live is not None
            assert live.state in ("Opening", "Waiting for the carrier")
            assert (live.reason, live.route) == (None, "support")
            assert EventKind.MEDIA_OPEN in {event.kind for event in live.recording.events}
        await until(lambda: len(world.gateway.switchboard) == 0)
    left = await book.find(relay.record.call_id)
    assert left is not None
    assert left.began_ms == live.began_ms
    assert left.state == "Away: its caller may come back"
    assert await book.find(CallId("call_unknown")) is None
