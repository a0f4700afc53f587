from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import uvloop
from starlette.responses import Response

from gateway.calls import Carrier
from gateway.clock import SystemClock
from gateway.simulator.addresses import Addresses
from gateway.simulator.dialect import FetchFailure, Leg, StreamEvent
from gateway.simulator.markup import Document, Hangup
from gateway.simulator.report import Callback, CallReport, EndedBy, Logbook
from gateway.simulator.telnyx.carrier import TelnyxCarrier
from gateway.simulator.webhooks import Webhooks
from tests.fakes.resets import resetting_port
from tests.simulator.fake_gateway import FakeGateway, running

LEG = Leg("v3:1", "account", "+14155550100", "+14155551234")


@asynccontextmanager
async def _webhooks(answer: str | Response) -> AsyncIterator[tuple[Webhooks, CallReport, FakeGateway]]:
    report = CallReport(Carrier.TELNYX, "v3:1", "PCMU")
    async with running({"/voice": [answer]}) as gateway, httpx.AsyncClient(trust_env=False) as http:
        log = Logbook(report, None, now_ms=0)
        addresses = Addresses(gateway.url, "https://voice.example.com")
        yield Webhooks(http, addresses, TelnyxCarrier(LEG, None), log, SystemClock(), {}), report, gateway


async def test_a_document_is_read() -> None:
    """Its time counts once, for the first."""
    async with _webhooks("<Response><Hangup/></Response>") as (webhooks, report, gateway):
        for _ in range(2):
            document = await webhooks.document("POST", "https://voice.example.com/voice", answered=True)
            assert document == Document((Hangup(),))
    assert report.webhook_statuses == [200, 200]
    assert report.webhook_ms is not None
    assert gateway.asked[0].headers["host"] == "voice.example.com"


@pytest.mark.parametrize(
    ("answer", "codes"),
    [
        pytest.param("<Response><Play/></Response>", ["document"], id="unknown verb"),
        pytest.param("<Response><Say>{{x}}</Say></Response>", ["mustache"], id="template"),
        pytest.param("<Nothing/>", ["document"], id="no document"),
        pytest.param(Response("<Response/>", media_type="application/json"), ["content_type"], id="content type"),
        pytest.param(Response(b"\xff", media_type="application/xml"), ["document"], id="no text"),
    ],
)
async def test_complains_about_a_document(answer: str | Response, codes: list[str]) -> None:
    """What the carrier's debugger would show."""
    async with _webhooks(answer) as (webhooks, report, _):
        await webhooks.document("POST", "https://voice.example.com/voice", answered=True)
    assert [complaint.code for complaint in report.complaints] == codes


def test_a_connection_that_is_reset_at_once_is_no_answer() -> None:
    """On the event loop of a load it was a bug's traceback, and the end of all its calls."""

    async def ask_in_vain() -> object:
        with resetting_port() as port:
            async with httpx.AsyncClient(trust_env=False) as http:
                log = Logbook(CallReport(Carrier.TELNYX, "v3:1", "PCMU"), None, now_ms=0)
                addresses = Addresses(f"http://127.0.0.1:{port}", "https://voice.example.com")
                webhooks = Webhooks(http, addresses, TelnyxCarrier(LEG, None), log, SystemClock(), {})
                return await webhooks.document("POST", "https://voice.example.com/voice", answered=True)

    assert uvloop.run(ask_in_vain()) is FetchFailure.CONNECTION


@pytest.mark.parametrize("url", ["https://voice.example.com:port/", "https://[bad", "gopher://x/", ""], ids=str)
async def test_an_address_that_cannot_be_asked(url: str) -> None:
    """It counts as a webhook without an answer."""
    async with _webhooks("") as (webhooks, report, gateway):
        assert await webhooks.document("GET", url, answered=True) is FetchFailure.CONNECTION
        await webhooks.tell("completed", "POST", url, webhooks.ended(EndedBy.CALLER, "", answered=True))
        await webhooks.tell("started", "POST", url, webhooks.stream(StreamEvent.STARTED, "s", "n", ""))
    assert report.webhook_statuses == [0]
    assert report.callbacks == [Callback("completed", 0), Callback("started", 0)]
    assert gateway.asked == []
