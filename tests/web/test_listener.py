import asyncio
import socket

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateway.errors import ConfigError
from gateway.web.listener import listen, serving


async def _hello(_request: Request) -> Response:
    return PlainTextResponse("hello")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_an_app_answers_for_as_long_as_the_context_lasts(host: str) -> None:
    """On either family; afterwards the port is free again."""
    listener = listen("admin", host, 0)
    port = listener.getsockname()[1]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    async with httpx.AsyncClient(trust_env=False) as http:
        async with (
            asyncio.TaskGroup() as tasks,
            serving(listener, Starlette(routes=[Route("/", _hello)]), "httptools", "none", tasks),
        ):
            assert (await http.get(url)).text == "hello"
        with pytest.raises(httpx.ConnectError):
            await http.get(url)


def test_a_port_that_is_taken_is_named_by_its_settings() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(ConfigError, match=r"admin\.host, admin\.port: "),
    ):
        listen("admin", "127.0.0.1", taken.getsockname()[1])
