from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from gateway.calls import CallId, EndReason
from gateway.clock import SystemClock
from gateway.errors import RecordingError, StoreUnavailableError
from gateway.web.console.broadcast import Broadcast
from gateway.web.console.protection import CONTENT_SECURITY_POLICY
from gateway.web.console.views import console_routes
from tests.fakes.clock import FakeClock
from tests.web.console.calls import Stage, a_bad_call


class Nothing:
    """No call is live."""

    def begin(self) -> None:
        pass

    def end(self) -> None:
        pass

    async def snapshot(self) -> bytes:
        return b"{}"


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
async def client(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=console_routes(Broadcast(Nothing(), SystemClock()), stage))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://console") as opened:
        yield opened


@pytest.mark.parametrize(
    "path",
    ["/console", "/console/", "/console/calls/call_x", "/console/find", "/console/static/live.js", "/console/nowhere"],
)
async def test_every_answer_forbids_foreign_code(client: httpx.AsyncClient, path: str) -> None:
    """Errors and files included."""
    headers = (await client.get(path)).headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == ("no-cache" if "static" in path else "no-store")


async def test_the_live_page_and_its_files_are_there(client: httpx.AsyncClient) -> None:
    """All of them: a page that names a file that was not packaged does nothing."""
    page = (await client.get("/console")).text
    assert "Live calls" in page
    for name, kind in (("live.js", "text/javascript"), ("console.css", "text/css"), ("icon.svg", "image/svg+xml")):
        assert f"/console/static/{name}" in page
        answer = await client.get(f"/console/static/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)


async def test_a_call_is_found_by_our_id_and_by_its_carriers(client: httpx.AsyncClient, stage: Stage) -> None:
    """Which is what a carrier's support, or a customer, names."""
    story = a_bad_call(FakeClock()).story(EndReason.CALLER_HUNG_UP)
    stage.stories[story.call_id] = story
    for wanted in (story.call_id, story.carrier_call_id, f"  {story.carrier_call_id} "):
        answer = await client.get("/console/find", params={"id": wanted})
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/console/calls/{story.call_id}"
    page = await client.get(f"/console/calls/{story.call_id}")
    assert page.status_code == 200
    assert story.call_id in page.text


@pytest.mark.parametrize(
    "path", ["/console/calls/call_x", "/console/find?id=CA0", "/console/find", "/console/find?id="]
)
async def test_a_call_that_is_not_known_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert "No such call" in answer.text


async def test_a_store_that_does_not_answer_is_said_to(client: httpx.AsyncClient, stage: Stage) -> None:
    """It is not taken for a call that never was; a search leads to the page that says so."""
    stage.trouble = StoreUnavailableError("away")
    answer = await client.get("/console/calls/call_x")
    assert answer.status_code == 503
    assert "The store does not answer" in answer.text
    assert (await client.get("/console/find?id=call_x")).headers["location"] == "/console/calls/call_x"


async def test_a_recording_of_another_version_is_said_to_be(client: httpx.AsyncClient, stage: Stage) -> None:
    stage.trouble = RecordingError("a black box of version 9; this gateway reads version 1")
    answer = await client.get("/console/calls/call_x")
    assert answer.status_code == 500
    assert "a black box of version 9" in answer.text


async def test_nothing_can_be_changed_here(client: httpx.AsyncClient, stage: Stage) -> None:
    """Read-only, whoever reaches it."""
    stage.stories[CallId("call_x")] = a_bad_call(FakeClock()).story()
    for path in ("/console", "/console/events", "/console/find", "/console/calls/call_x", "/console/static/live.js"):
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            assert (await client.request(method, path)).status_code == 405
