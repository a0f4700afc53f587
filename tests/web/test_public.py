from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.fakes.world import World, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/", "/webhooks", "/webhooks/vonage/voice", "/metrics", "/calls", "/media/twilio/x"])
async def test_nothing_else_is_public(world: World, path: str) -> None:
    """Metrics and calls are the admin listener's."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(world.url + path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("path", ["/webhooks/twilio/voice/", "/webhooks/telnyx/status/", "/livez/"])
async def test_a_slash_too_many_leads_nowhere(world: World, path: str) -> None:
    """A carrier that is given such a URL is told so, and not sent on to an address that the request made up."""
    async with httpx.AsyncClient() as client:
        answer = await client.post(world.url + path, headers={"host": "elsewhere.example"})
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/webhooks/twilio/voice", "GET, HEAD, POST"),
        ("GET", "/webhooks/kallglot", "POST"),
        ("POST", "/livez", "GET, HEAD"),
    ],
)
async def test_other_methods_are_refused_with_those_that_are_not(
    world: World, method: str, path: str, allowed: str
) -> None:
    """Whoever opens Kallglot's webhook in a browser is not told that it takes GET."""
    async with httpx.AsyncClient() as client:
        answer = await client.request(method, world.url + path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert answer.json()["error"]["message"] == f"this path takes {allowed}"
