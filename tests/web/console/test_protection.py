import httpx
import pytest
from starlette.responses import Response
from starlette.types import ASGIApp

from gateway.web.console.protection import CONTENT_SECURITY_POLICY, Protection


async def headers_of(app: ASGIApp) -> httpx.Headers:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(Protection(app)), base_url="http://console") as client:
        return (await client.get("/")).headers


@pytest.mark.parametrize("directive", ["default-src 'none'", "script-src 'self'", "style-src 'self'"])
def test_only_our_own_files_are_run(directive: str) -> None:
    """Neither a script inside a page nor one from elsewhere."""
    assert directive in CONTENT_SECURITY_POLICY.split("; ")
    assert "unsafe" not in CONTENT_SECURITY_POLICY


async def test_what_is_private_is_not_kept() -> None:
    """By a browser on a shared machine."""
    assert (await headers_of(Response("calls")))["cache-control"] == "no-store"


async def test_what_can_be_compared_is_asked_for_again() -> None:
    """So that a new release's page does not run the old one's script."""
    assert (await headers_of(Response("file", headers={"etag": '"1"'})))["cache-control"] == "no-cache"


async def test_an_answer_that_says_how_long_it_keeps_is_believed() -> None:
    assert (await headers_of(Response("x", headers={"cache-control": "private"})))["cache-control"] == "private"
