import httpx
import pytest
from starlette.applications import Starlette

from gateway.web.drain import drain_route


class Replica:
    """Three calls, and how often it was told to let them go."""

    def __init__(self) -> None:
        self.told = 0

    async def drain(self) -> int:
        self.told += 1
        return 3

    def client(self) -> httpx.AsyncClient:
        app = Starlette(routes=[drain_route(self.drain)])
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:9090")


async def test_an_operator_is_told_how_many_calls_there_are() -> None:
    replica = Replica()
    async with replica.client() as client:
        answer = await client.post("/drain")
    assert (answer.status_code, answer.json()) == (202, {"draining": True, "calls": 3})
    assert replica.told == 1


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param("https://evil.example", id="another-site"),
        pytest.param("null", id="a-page-that-hides-where-it-is-from"),
        pytest.param("http://127.0.0.1:9090", id="a-page-of-this-address-by-whatever-name"),
    ],
)
async def test_no_web_page_can_drain(origin: str) -> None:
    """An operator who reads the console, and elsewhere a page with a form, keeps the calls."""
    replica = Replica()
    async with replica.client() as client:
        form = {"content-type": "application/x-www-form-urlencoded"}
        answer = await client.post("/drain", content=b"a=1", headers={"origin": origin, **form})
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "not_for_pages"
    assert replica.told == 0
