import json
from collections.abc import Sequence
from typing import Any

from gateway.bridge.states import State
from gateway.bridge.transcripts import TranscriptLine, Transcripts
from gateway.calls import CallId
from gateway.telemetry.health import HealthFigures
from gateway.web.console.feed import LiveFeed, Watched, chosen, describe
from tests.fakes.clock import FakeClock
from tests.web.console.calls import QUIET, VOICE, PlayedCall


def line(call_id: CallId, text: str, translation: str | None = None) -> TranscriptLine:
    return TranscriptLine(call_id, "customer", text=text, translation=translation, is_final=True)


async def told(feed: LiveFeed) -> Any:
    return json.loads(await feed.snapshot())


def test_a_call_is_described_as_it_is_now() -> None:
    """State, duration, both levels and scores."""
    clock = FakeClock()
    call = PlayedCall(clock)
    call.sets_up()
    call.goes_on(12, VOICE, VOICE)
    card = describe(call, (), clock.unix_ms())
    assert (card.id, card.carrier, card.route) == (call.record.call_id, "twilio", "support-de")
    assert (card.state, card.seconds) == ("Streaming", 12)
    assert card.heard is not None
    assert card.heard.dbov is not None
    assert -35 < card.heard.dbov < -15
    assert card.heard.jitter_ms > 0
    assert card.said is not None
    assert (card.said.mos, card.said.rating) == (4.4, "good")
    assert not card.flags


def test_before_any_audio_there_is_nothing_to_rate() -> None:
    clock = FakeClock()
    card = describe(PlayedCall(clock), (), clock.unix_ms())
    assert card.state == "Opening"
    assert card.heard is not None
    assert (card.heard.dbov, card.heard.mos, card.heard.rating) == (None, None, "")


class Unfollowed:
    """A call whose quality is switched off."""

    is_flagged = False

    def __init__(self, call: PlayedCall) -> None:
        self.record, self.state, self.monitor = call.record, call.state, self

    def figures(self) -> HealthFigures | None:
        return None


def test_a_call_whose_quality_is_not_followed_has_no_meters() -> None:
    """But is there."""
    clock = FakeClock()
    card = describe(Unfollowed(PlayedCall(clock)), (), clock.unix_ms())
    assert (card.heard, card.said, card.flags) == (None, None, [])


def test_a_flag_is_told_with_how_long_it_has_been_up() -> None:
    clock = FakeClock()
    call = PlayedCall(clock)
    call.goes_on(2)
    call.goes_on(14, QUIET, QUIET)
    (flag,) = describe(call, (), clock.unix_ms()).flags
    assert (flag.words, flag.seconds) == ("Dead air: neither side speaks", 14)


def test_a_number_in_a_routes_name_is_masked() -> None:
    clock = FakeClock()
    assert describe(PlayedCall(clock, route="desk +14155550100"), (), clock.unix_ms()).route == "desk +1********00"


def test_of_many_calls_those_with_a_flag_are_shown_and_then_the_newest() -> None:
    """However many there are; and the newest comes first."""
    clock = FakeClock()
    calls: list[Watched] = []
    for number in range(6):
        clock.advance(1_000)
        calls.append(PlayedCall(clock, f"CA{number}"))
    oldest, second, *_, newer, newest = calls

    def shown(flagged: Sequence[Watched], most: int) -> list[Watched]:
        return list(chosen(calls, flagged, most))

    assert shown([], 6) == calls[::-1]
    assert shown([oldest, second], 4) == [newest, newer, second, oldest]
    assert shown([oldest, second, newest], 2) == [newest, second]


async def test_a_snapshot_counts_all_and_shows_as_many_as_are_read() -> None:
    """A thousand calls are no page, and their audio does not wait for one."""
    clock = FakeClock()
    calls = [PlayedCall(clock, f"CA{number}") for number in range(60)]
    calls[7].goes_on(9, QUIET, QUIET)
    calls[7].state = State.STREAMING
    snapshot = await told(LiveFeed(lambda: calls, Transcripts(), clock))
    assert (snapshot["live"], snapshot["flagged"], len(snapshot["calls"])) == (60, 1, 50)
    assert [call["state"] for call in snapshot["calls"] if call["flags"]] == ["Streaming"]


async def test_what_is_said_is_told_as_long_as_somebody_watches() -> None:
    """Nothing of it is kept for the next one, nor of a call that is over."""
    clock, transcripts = FakeClock(), Transcripts()
    live = [PlayedCall(clock, "CA1"), PlayedCall(clock, "CA2")]
    one, other = (call.record.call_id for call in live)
    feed = LiveFeed(lambda: live, transcripts, clock)

    def said() -> None:
        transcripts.publish(line(one, "Guten Tag.", "Hello."))
        transcripts.publish(line(other, "Danke."))

    said()
    feed.begin()
    assert [call["lines"] for call in (await told(feed))["calls"]] == [[], []]
    said()
    shown = {call["id"]: call["lines"] for call in (await told(feed))["calls"]}
    assert shown[one] == [{"speaker": "customer", "text": "Guten Tag.", "translation": "Hello.", "final": True}]
    assert [words["text"] for words in shown[other]] == ["Danke."]

    (ended,) = [live.pop()]
    await told(feed)
    live.append(ended)
    shown = {call["id"]: call["lines"] for call in (await told(feed))["calls"]}
    assert len(shown[one]) == 1
    assert shown[other] == []

    feed.end()
    assert not transcripts.is_watched
    assert [call["lines"] for call in (await told(feed))["calls"]] == [[], []]


def test_a_feed_that_was_never_on_can_be_switched_off() -> None:
    LiveFeed(list, Transcripts(), FakeClock()).end()
