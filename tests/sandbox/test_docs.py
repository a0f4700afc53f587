import json
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from gateway.clock import SystemClock
from gateway.sandbox.app import operations
from gateway.sandbox.docs import PAGE, Docs
from gateway.sandbox.exchange import Exchange
from gateway.sandbox.options import SandboxOptions
from tests.sandbox.clients import Desk, desk


@pytest.fixture
async def it() -> AsyncIterator[Desk]:
    async with desk(counterpart="mute") as opened:
        yield opened


async def test_the_document_is_served_without_a_key(it: Desk) -> None:
    """As JSON, of version 3.1."""
    answer = await it.tool("GET", "/openapi.json")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json()["openapi"] == "3.1.0"


async def test_the_page_shows_the_document_with_nothing_from_elsewhere(it: Desk) -> None:
    """Its style and its script are served by the sandbox itself."""
    page = await it.tool("GET", "/docs")
    files = [await it.tool("GET", f"/docs/{name}") for name in ("swagger-ui.css", "swagger-ui-bundle.js")]

    assert page.headers["content-type"].startswith("text/html")
    assert "/openapi.json" in page.text
    assert "//" not in page.text.replace("<!doctype html>", "")
    assert [file.status_code for file in files] == [200, 200]
    assert all(len(file.content) > 100_000 for file in files)


@pytest.mark.parametrize("name", ["index.html", "..%2f__init__.py", "__init__.py"])
async def test_nothing_else_of_the_package_is_served(it: Desk, name: str) -> None:
    """404 in the documented shape."""
    answer = await it.tool("GET", f"/docs/{name}")

    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "not_found_error")


async def test_without_the_package_the_page_says_what_to_install() -> None:
    """The document is there all the same."""
    exchange = Exchange(SandboxOptions(), SystemClock())
    app = Starlette(routes=Docs(exchange, operations(exchange), "no_such_package").routes())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox") as http:
        page, file = await http.get("/docs"), await http.get("/docs/swagger-ui.css")
        document = await http.get("/openapi.json")

    assert (page.status_code, file.status_code, document.status_code) == (404, 404, 200)
    assert "kallglot-gateway[docs]" in json.loads(page.content)["error"]["message"]
    assert "swagger" in PAGE
