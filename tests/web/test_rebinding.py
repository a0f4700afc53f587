"""Which names a browser on this machine may ask for calls by."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from gateway.web.rebinding import may_be_anybodys
from tests.fakes.world import World, open_world

THEIRS = {"Host": "rebound.evil.example:9090"}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/calls", "/calls/call_a", "/console", "/console/", "/console/events"])
async def test_a_page_whose_name_leads_here_reads_no_calls(world: World, path: str) -> None:
    """Somebody reads the console on this machine, and in another tab a page that has its name point to it."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(world.admin_url + path, headers=THEIRS)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "not_this_host"


@pytest.mark.parametrize("host", ["localhost:9090", "127.0.0.1:9090", "[::1]:9090"])
async def test_who_came_by_a_tunnel_reads_calls(world: World, host: str) -> None:
    async with httpx.AsyncClient() as client:
        for path in ("/calls", "/console"):
            assert (await client.get(world.admin_url + path, headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("path", ["/metrics", "/livez", "/readyz"])
async def test_metrics_and_health_have_any_name(world: World, path: str) -> None:
    """Prometheus and probes have names of their own for this machine."""
    async with httpx.AsyncClient() as client:
        assert (await client.get(world.admin_url + path, headers=THEIRS)).status_code == 200


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("evil.example", True),
        ("EVIL.example.:9090", True),
        ("127.0.0.1.evil.example", True),
        ("localhost.evil.example:9090", True),
        ("[::1", True),
        ("localhost", False),
        ("LOCALHOST:9090", False),
        ("console.localhost:9090", False),
        ("localhost.localdomain", False),
        ("host.docker.internal:9090", False),
        ("gateway:9090", False),
        ("10.0.0.7:9090", False),
        ("[2001:db8::1]:9090", False),
        ("", False),
    ],
)
def test_a_name_that_somebody_else_may_have(host: str, *, expected: bool) -> None:
    assert may_be_anybodys(host) is expected
