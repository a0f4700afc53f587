import re
from dataclasses import replace

from gateway.calls import CallId, CarrierCallId, EndReason
from gateway.telemetry.blackbox import EventKind
from gateway.web.console.pages import call_page, live_page, trouble_page
from tests.fakes.clock import FakeClock
from tests.web.console.calls import PlayedCall, a_bad_call

SCRIPT = "<script>alert(1)</script>"


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_finished_call_says_why_and_what_to_do() -> None:
    """The first thing on the page, for whoever was woken up."""
    page = text(call_page(a_bad_call(FakeClock()).story(EndReason.MEDIA_LOST)))
    assert "Likely cause The carrier reported that the media socket broke while it was in use (31903)." in page
    assert "What to do: Look for a replica that died then" in page
    assert "State Ended: Media lost ▲ fault: carrier" in page
    assert "Began 2023-11-14 22:13:20 UTC" in page
    assert "Lasted 0:52" in page
    assert "Kallglot hears MOS 4.2 good The caller hears MOS 4.4 good" in page


def test_a_finished_call_has_its_timeline_and_charts() -> None:
    page = call_page(a_bad_call(FakeClock()).story(EndReason.CALLER_HUNG_UP))
    words = text(page)
    assert "0:00.0 The carrier asked what to do" in words
    assert "The caller pressed a key, 3 times" in words
    assert "▲ Trouble: Flag raised One-way audio: nothing is heard of the caller" in words
    assert "Frames missing 11" in words
    assert page.count("<figure>") == 4
    assert "fault:" not in words


def test_a_call_that_goes_on_is_told_as_far_as_it_is_known() -> None:
    clock = FakeClock()
    page = text(call_page(PlayedCall(clock).story()))
    assert "State Opening" in page
    assert "MOS" not in page
    assert "The call goes on, and nothing is wrong with it." in page
    assert "It did not last a second of audio." in page
    assert "Nothing was noted." in page


def test_nothing_of_a_call_becomes_markup() -> None:
    """Whoever calls, and whatever a peer calls itself."""
    call = PlayedCall(FakeClock())
    call.happens(EventKind.KALLGLOT_ERROR, SCRIPT)
    story = replace(
        call.story(), route=SCRIPT, call_id=CallId(SCRIPT), carrier_call_id=CarrierCallId(SCRIPT), session_id=None
    )
    page = call_page(story)
    assert SCRIPT not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 5
    assert SCRIPT not in trouble_page(SCRIPT, SCRIPT)


def test_numbers_are_masked() -> None:
    """In a route's name, if somebody put one there."""
    story = replace(PlayedCall(FakeClock()).story(), route="desk +14155550100")
    assert "4155550100" not in call_page(story)


def test_no_page_holds_a_script_or_a_style() -> None:
    """The content security policy would not let it run, and the page would be broken."""
    for page in (live_page(), call_page(a_bad_call(FakeClock()).story()), trouble_page("No", "No.")):
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:", page)


def test_a_call_that_was_not_followed_has_no_score() -> None:
    """Where the quality is switched off."""
    assert "MOS" not in call_page(replace(a_bad_call(FakeClock()).story(), health=None))


def test_events_that_were_left_out_are_told() -> None:
    story = PlayedCall(FakeClock()).story()
    told = call_page(replace(story, recording=replace(story.recording, left_out=12)))
    assert "12 events in the middle were left out." in told
