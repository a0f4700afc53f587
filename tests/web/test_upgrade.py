"""Who is let in to a media socket, over real connections.

Also what is relied upon in uvicorn: an upgrade is handed to the class given as `ws=` on the same transport, with the
head written down again.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from websockets.exceptions import InvalidStatus

from gateway.calls import Carrier
from gateway.web.http import GuardedProtocol
from tests.fakes.carriers import arrive, dial
from tests.fakes.uncollected import uncollected
from tests.fakes.until import until
from tests.fakes.world import World, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as opened:
        yield opened


async def refused(url: str, **options: Any) -> tuple[int, str]:
    """The HTTP status and the error code with which a socket is refused before its upgrade."""
    with pytest.raises(InvalidStatus) as caught:
        await dial(url, **options)
    body = json.loads(caught.value.response.body or b"{}")
    return caught.value.response.status_code, body["error"]["code"]


async def test_a_ticket_is_good_once(world: World, client: httpx.AsyncClient) -> None:
    """Who has seen a media URL go by cannot join the call."""
    _, url = await arrive(client, world, Carrier.TWILIO)
    socket = await dial(url)
    assert await refused(url) == (403, "used_ticket")
    await socket.close()


async def test_a_call_keeps_nothing_of_the_protocol_before(world: World, client: httpx.AsyncClient) -> None:
    """Uvicorn's protocol and its parser hold each other: the collector would find them when the call is long over."""
    _, url = await arrive(client, world, Carrier.TWILIO)
    with uncollected() as alive:
        connections = alive(GuardedProtocol)
        socket = await dial(url)
        assert alive(GuardedProtocol) == connections
        await socket.close()


async def test_a_ticket_runs_out(tmp_path: Path, client: httpx.AsyncClient) -> None:
    async with open_world(tmp_path, media={"ticket_ttl_s": 0.001}) as world:
        _, url = await arrive(client, world, Carrier.TWILIO)
        assert await refused(url) == (403, "expired_ticket")


async def test_a_guessed_ticket_opens_nothing(world: World, client: httpx.AsyncClient) -> None:
    _, url = await arrive(client, world, Carrier.TWILIO)
    assert await refused(url[:-4] + "AAAA") == (403, "unknown_ticket")
    assert await refused(f"{url.rpartition('/')[0]}/nothing") == (403, "unknown_ticket")


async def test_a_ticket_is_the_carriers_own(world: World, client: httpx.AsyncClient) -> None:
    _, url = await arrive(client, world, Carrier.TWILIO)
    assert await refused(url.replace("/media/twilio/", "/media/telnyx/")) == (403, "wrong_carrier")


async def test_twilios_handshake_must_be_signed(world: World, client: httpx.AsyncClient) -> None:
    """A ticket alone does not do: and it is not used up by the attempt."""
    _, url = await arrive(client, world, Carrier.TWILIO)
    assert await refused(url, signed=False) == (403, "bad_signature")
    await (await dial(url)).close()


@pytest.mark.parametrize("path", ["/media/vonage/x", "/media/twilio", "/media/twilio/a/b", "/elsewhere", "/"])
async def test_other_paths_are_not_there(world: World, path: str) -> None:
    assert await refused(world.url.replace("http", "ws", 1) + path) == (404, "not_found")


async def test_a_head_that_the_engine_would_not_take_uses_up_no_ticket(world: World, client: httpx.AsyncClient) -> None:
    """It is refused before anybody is asked, and the carrier may try again."""
    _, url = await arrive(client, world, Carrier.TELNYX)
    with pytest.raises(InvalidStatus) as caught:
        await websockets.connect(url, additional_headers={"x-long": "a" * 20_000}, compression=None)
    assert caught.value.response.status_code == 431
    await (await dial(url)).close()


async def test_a_connection_header_may_say_more(world: World, client: httpx.AsyncClient) -> None:
    """Proxies ask for `keep-alive, Upgrade` (RFC 9110 §7.6.1: a list), and are let in."""
    _, url = await arrive(client, world, Carrier.TELNYX)
    host, _, path = url.removeprefix("ws://").partition("/")
    reader, writer = await asyncio.open_connection(*host.split(":"))
    head = f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
    writer.write(f"{head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {'A' * 22}==\r\n\r\n".encode())
    assert await reader.readline() == b"HTTP/1.1 101 Switching Protocols\r\n"
    writer.transport.abort()


async def test_each_proxy_may_write_a_line_of_its_own(tmp_path: Path, client: httpx.AsyncClient) -> None:
    """HAProxy does; the carrier's address is in the lines together, and a stranger's forged one does not help."""
    server, telnyx = {"trusted_proxies": ("127.0.0.1/32",)}, {"allow_cidrs": ("192.76.120.128/29",)}
    async with open_world(tmp_path, server=server, telnyx=telnyx) as world:
        client.headers["x-forwarded-for"] = "192.76.120.130"
        _, url = await arrive(client, world, Carrier.TELNYX)
        forged = [("X-Forwarded-For", each) for each in ("192.76.120.130", "198.51.100.1", "127.0.0.1")]
        with pytest.raises(InvalidStatus):
            await websockets.connect(url, additional_headers=forged, compression=None)
        true = [("X-Forwarded-For", each) for each in ("192.76.120.130", "127.0.0.1")]
        await (await websockets.connect(url, additional_headers=true, compression=None)).close()


async def test_a_request_that_is_no_websocket_is_told_so(world: World, client: httpx.AsyncClient) -> None:
    _, url = await arrive(client, world, Carrier.TWILIO)
    headers = {"connection": "upgrade", "upgrade": "websocket"}
    answer = await client.get(url.replace("ws", "http", 1), headers=headers)
    assert answer.status_code == 400


async def test_a_socket_lost_while_it_is_checked_leaves_nothing(world: World, client: httpx.AsyncClient) -> None:
    """The carrier hangs up in the middle of the handshake."""
    _, url = await arrive(client, world, Carrier.TWILIO)
    host, port = url.removeprefix("ws://").partition("/")[0].split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    path = "/" + url.removeprefix("ws://").partition("/")[2]
    head = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n"
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{head}".encode())
    writer.close()
    await writer.wait_closed()
    await until(lambda: len(world.gateway.switchboard) == 0)
    assert (await client.get(f"{world.url}/readyz")).status_code == 200
