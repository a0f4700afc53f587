"""The console in a real browser."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect
from starlette.applications import Starlette

from gateway.bridge.transcripts import TranscriptLine, Transcripts
from gateway.calls import Carrier, EndReason
from gateway.clock import SystemClock
from gateway.simulator.call import place_call
from gateway.telemetry.blackbox import EventKind
from gateway.web.console.broadcast import Broadcast, BroadcastPolicy
from gateway.web.console.feed import LiveFeed
from gateway.web.console.views import console_routes
from gateway.web.listener import listen
from tests.e2e.browser import complaints, focused, open_browser, overflow_px
from tests.e2e.calls import is_settled
from tests.fakes.clock import FakeClock
from tests.fakes.sounds import chirps, wav
from tests.fakes.until import until
from tests.fakes.world import open_world
from tests.web.console.calls import QUIET, VOICE, PlayedCall, Stage, a_bad_call

pytestmark = pytest.mark.asyncio(loop_scope="module")
"""A browser takes a second to start: once for all of them."""

TELEPHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1000, "height": 360}
PICTURES = Path(__file__).parents[2] / "deploy" / "pictures"
MOST_BYTES = 150_000
"""Of a picture for the README."""


class Curtain:
    """A feed that says nothing while it is closed."""

    def __init__(self, feed: LiveFeed) -> None:
        self.begin = feed.begin
        self.end = feed.end
        self.open = asyncio.Event()
        self.open.set()
        self.is_waited_at = False
        self._feed = feed

    async def snapshot(self) -> bytes:
        self.is_waited_at = not self.open.is_set()
        await self.open.wait()
        return await self._feed.snapshot()


@dataclass
class Theatre:
    """A console whose calls a test plays."""

    clock: FakeClock = field(default_factory=FakeClock)
    live: list[PlayedCall] = field(default_factory=list)
    transcripts: Transcripts = field(default_factory=Transcripts)
    stage: Stage = field(default_factory=Stage)
    url: str = ""

    def __post_init__(self) -> None:
        self.curtain = Curtain(LiveFeed(lambda: self.live, self.transcripts, self.clock))
        self.broadcast = Broadcast(self.curtain, SystemClock(), BroadcastPolicy(period_ms=50))

    def rings(self, name: str, route: str = "support-de") -> PlayedCall:
        self.clock.advance(10)
        call = PlayedCall(self.clock, name, route)
        self.live.append(call)
        return call

    def understands(self, call: PlayedCall, text: str, translation: str | None = None, *, final: bool = True) -> None:
        self.transcripts.publish(TranscriptLine(call.record.call_id, "customer", text, translation, is_final=final))


@asynccontextmanager
async def open_theatre() -> AsyncIterator[Theatre]:
    theatre = Theatre()
    listener = listen("admin", "127.0.0.1", 0)
    theatre.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = Starlette(routes=console_routes(theatre.broadcast, theatre.stage))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=3))
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server.serve(sockets=[listener]))
        try:
            yield theatre
        finally:
            theatre.broadcast.close()
            server.should_exit = True
            await serving
            listener.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with open_browser() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def browser(chromium: Browser) -> AsyncIterator[Browser]:
    """With no page open, and none left open."""
    yield chromium
    for context in chromium.contexts:
        await context.close()


@pytest_asyncio.fixture(loop_scope="module")
async def theatre() -> AsyncIterator[Theatre]:
    async with open_theatre() as opened:
        yield opened


@pytest.fixture
def pictures(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where pictures go: to the README's with `--pictures`."""
    return PICTURES if request.config.getoption("--pictures") else tmp_path


async def photograph(page: Page, path: Path) -> None:
    assert len(await page.screenshot(path=path, animations="disabled")) < MOST_BYTES


def card_of(page: Page, name: str) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_role("link", name=name))


async def test_an_operator_sees_a_call_come_and_speak(theatre: Theatre, browser: Browser) -> None:
    """Without touching anything: the card, the meters that move, the words and their translation."""
    page = await browser.new_page(viewport=DESK)
    heard = complaints(page)
    await page.goto(f"{theatre.url}/console")
    await expect(page.get_by_text("No call is live on this replica.")).to_be_visible()
    await expect(page.get_by_text("● Live")).to_be_visible()

    call = theatre.rings("CA1")
    card = card_of(page, "support-de · twilio")
    await expect(card).to_contain_text("Opening")
    meter = card.get_by_role("meter", name="Level, Caller")
    await expect(meter).to_have_attribute("aria-valuetext", "no audio")

    call.sets_up()
    call.goes_on(12, VOICE, QUIET)
    await expect(card).to_contain_text("Streaming")
    await expect(card).to_contain_text("0:12")
    await expect(card).to_contain_text("MOS 4.4 good")
    spoken = int(await meter.get_attribute("aria-valuenow") or "")
    assert -40 < spoken < -10
    bar = card.locator(".leg.heard .bar")
    await expect(bar).to_have_css("transform", f"matrix({(60 + spoken) / 60:g}, 0, 0, 1, 0, 0)")
    call.goes_on(2, QUIET, VOICE)
    await expect(meter).to_have_attribute("aria-valuenow", "-60")
    await expect(bar).to_have_css("transform", "matrix(0, 0, 0, 1, 0, 0)")

    theatre.understands(call, "Guten Tag, ich habe eine <b>Frage</b>", final=False)
    await expect(card.get_by_text("(still speaking)")).to_have_count(1)
    theatre.understands(call, "Guten Tag, ich habe eine <b>Frage</b>.", "Hello, I have a question.")
    await expect(card).to_contain_text("customer: Guten Tag, ich habe eine <b>Frage</b>.→ Hello, I have a question.")
    await expect(card.get_by_text("(still speaking)")).to_have_count(0)
    assert heard == []


async def test_an_operator_sees_trouble_and_ends(theatre: Theatre, browser: Browser, pictures: Path) -> None:
    """The flag, counted and read out; and a way to the page of a call that has gone."""
    page = await browser.new_page(viewport=DESK)
    await page.goto(f"{theatre.url}/console")
    call = theatre.rings("CA1")
    call.sets_up()
    call.goes_on(40, VOICE, VOICE)
    await expect(card_of(page, "support-de · twilio")).to_contain_text("0:40")
    other = theatre.rings("CA2", "sales")
    other.sets_up()
    await expect(page.locator("#news")).to_have_text("New call: sales · twilio.")
    other.goes_on(3, VOICE, VOICE)
    other.goes_on(15, QUIET, QUIET)
    call.goes_on(2, VOICE, VOICE[9:])
    theatre.understands(other, "Sind Sie noch da?", "Are you still there?")
    theatre.understands(call, "Guten Tag, ich habe eine Frage zu meiner Rechnung.", "Hello, a question about my bill.")
    theatre.understands(call, "Die Nummer ist 0171 2345678", final=False)

    flags = card_of(page, "sales · twilio").get_by_role("list", name="Flags")
    await expect(flags).to_contain_text("▲ Dead air: neither side speaks, for 0:16")
    await expect(page.locator("#totals")).to_have_text("2 live, ▲ 1 with a flag")
    await expect(page.locator("#news")).to_have_text("Dead air: neither side speaks: sales · twilio.")
    await expect(page.get_by_text("Die Nummer ist 0*** *****78")).to_be_visible()
    await photograph(page, pictures / "console-live.png")

    theatre.live.remove(other)
    ended = page.get_by_role("region", name="Ended while you watched")
    await expect(ended.get_by_role("link", name="sales · twilio")).to_have_attribute(
        "href", f"{theatre.url}/console/calls/{other.record.call_id}"
    )
    await expect(page.get_by_role("meter", name="Level, Caller")).to_have_count(1)


async def test_a_finished_call_shows_its_cause_timeline_and_charts(
    theatre: Theatre, browser: Browser, pictures: Path
) -> None:
    """Found by the id that the carrier's support named."""
    story = a_bad_call(theatre.clock).story(EndReason.CALLER_HUNG_UP)
    theatre.stage.stories[story.call_id] = story
    page = await browser.new_page(viewport={"width": 900, "height": 900})
    heard = complaints(page)
    await page.goto(f"{theatre.url}/console")
    await page.get_by_label("Call id, ours or the carrier’s").fill(story.carrier_call_id)
    await page.keyboard.press("Enter")

    await expect(page).to_have_url(f"{theatre.url}/console/calls/{story.call_id}")
    cause = page.get_by_role("region", name="Likely cause")
    await expect(cause).to_contain_text("Kallglot spoke but nothing was heard of the caller although frames came.")
    timeline = page.get_by_role("region", name="Timeline").get_by_role("listitem")
    await expect(timeline.first).to_contain_text("The carrier asked what to do")
    await expect(timeline.last).to_contain_text("caller hung up")
    for title in ("Levels", "Jitter of the caller’s frames", "Latency", "Missing audio of the caller"):
        chart = page.get_by_role("img", name=title)
        box = await chart.bounding_box()
        assert box is not None
        assert box["width"] > 300
        line = await chart.locator(".line-1").bounding_box()
        assert line is not None
        assert line["width"] > 200
    await photograph(page, pictures / "console-call.png")
    assert heard == []


async def test_it_works_by_keyboard(theatre: Theatre, browser: Browser) -> None:
    """In the order in which it is read, always to be seen, and not lost when a call goes away."""
    calls = [theatre.rings(f"CA{number}", f"route-{number}") for number in range(3)]
    for call in calls:
        call.sets_up()
    page = await browser.new_page(viewport=DESK)
    await page.goto(f"{theatre.url}/console")
    await expect(page.get_by_role("meter")).to_have_count(6)

    walked = []
    for _ in range(8):
        await page.keyboard.press("Tab")
        walked.append(await focused(page))
        outline: str = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", walked[-1]
    assert walked == [
        "Skip to content",
        "Kallglot gateway",
        "Call id, ours or the carrier’s",
        "Look up",
        "Pause",
        "route-2 · twilio",
        "route-1 · twilio",
        "route-0 · twilio",
    ]

    theatre.live.remove(calls[0])
    await expect(page.get_by_role("meter")).to_have_count(4)
    assert await focused(page) == "route-1 · twilio"

    await page.get_by_role("button", name="Pause").focus()
    await page.keyboard.press("Space")
    await expect(page.get_by_role("button", name="Pause", pressed=True)).to_be_focused()
    await until(lambda: theatre.broadcast.viewers == 0)
    theatre.rings("CA9")
    await page.keyboard.press("Space")
    await expect(page.get_by_role("meter")).to_have_count(6)


async def test_it_fits_a_telephone_and_its_owners_wishes(theatre: Theatre, browser: Browser, pictures: Path) -> None:
    """360 px without scrolling sideways, dark where that is wished, still where that is."""
    call = theatre.rings("CA" + "0" * 32, "a-route-with-a-name-without-any-place-to-break-it-" + "x" * 40)
    call.sets_up()
    call.goes_on(3, VOICE, VOICE)
    call.goes_on(15, QUIET, QUIET)
    call.happens(EventKind.KALLGLOT_ERROR, "x" * 60)
    theatre.stage.stories[call.record.call_id] = call.story(EndReason.SESSION_ERROR)
    page = await browser.new_page(viewport=TELEPHONE, color_scheme="dark", reduced_motion="reduce")
    await page.goto(f"{theatre.url}/console")
    await expect(page.get_by_text("▲ Dead air")).to_be_visible()
    theatre.understands(call, "W" * 200, "Donaudampfschifffahrtsgesellschaftskapitän" * 4)
    await expect(page.get_by_text("W" * 200)).to_be_visible()
    assert await overflow_px(page) == 0
    assert await page.locator(".bar").first.evaluate("e => getComputedStyle(e).transitionDuration") == "0s"
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 22, 27)"
    await photograph(page, pictures / "console-telephone.png")

    await page.get_by_role("link", name="a-route-with").click()
    await expect(page.get_by_role("img", name="Levels")).to_be_visible()
    assert await overflow_px(page) == 0

    await page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(246, 247, 249)"


async def test_a_browser_comes_back_to_a_gateway_that_had_no_room(theatre: Theatre, browser: Browser) -> None:
    """It says so meanwhile."""
    page = await browser.new_page(viewport=DESK)
    await page.clock.install()
    with contextlib.ExitStack() as others:
        for _ in range(BroadcastPolicy().max_viewers):
            others.enter_context(theatre.broadcast.watching())
        await page.goto(f"{theatre.url}/console")
        await expect(page.get_by_text("No connection")).to_be_visible()
    await page.clock.fast_forward(5_000)
    await expect(page.get_by_text("● Live")).to_be_visible()


async def test_a_gateway_that_says_nothing_any_more_is_not_shown_as_live(theatre: Theatre, browser: Browser) -> None:
    """The connection stands, and the calls stand still: the page says so, and tries anew until there is news."""
    page = await browser.new_page(viewport=DESK)
    await page.clock.install()
    await page.goto(f"{theatre.url}/console")
    await expect(page.get_by_text("● Live")).to_be_visible()
    theatre.curtain.open.clear()
    await until(lambda: theatre.curtain.is_waited_at)
    await page.clock.run_for(20_000)
    await expect(page.get_by_text("No connection")).to_be_visible()
    theatre.curtain.open.set()
    await expect(page.get_by_text("● Live")).to_be_visible()


async def test_a_real_call_is_watched_from_its_first_word_to_its_page(tmp_path: Path, browser: Browser) -> None:
    """Carrier, gateway and Kallglot as they are, and an operator who has the page open and then follows the link."""
    async with open_world(tmp_path) as world, asyncio.TaskGroup() as tasks:
        page = await browser.new_page(viewport=TELEPHONE)
        heard = complaints(page)
        await page.goto(f"{world.admin_url}/console")
        await expect(page.get_by_text("● Live")).to_be_visible()
        speech = wav(chirps(1.5))
        calling = tasks.create_task(place_call(world.plan(Carrier.TELNYX, speech=speech, hangup_after_s=6)))
        card = card_of(page, "support · telnyx")
        await expect(card.get_by_role("meter", name="Level, Caller")).to_have_attribute(
            "aria-valuetext", re.compile(r"−\d+ dB")
        )
        await expect(card.get_by_role("list", name="Last words").get_by_role("listitem").first).to_be_visible()
        await calling
        ended = page.get_by_role("region", name="Ended while you watched")
        await ended.get_by_role("link", name="support · telnyx").click()
        await until(lambda: is_settled(world))
        await page.reload()
        await expect(page.get_by_text("Ended: Caller hung up")).to_be_visible()
        await expect(page.get_by_role("region", name="Likely cause")).to_contain_text("What to do:")
        timeline = page.get_by_role("region", name="Timeline")
        await expect(timeline).to_contain_text("First audio from the caller")
        await expect(page.get_by_role("img", name="Levels").locator(".line-1")).to_be_visible()
        assert await overflow_px(page) == 0
        assert heard == []
