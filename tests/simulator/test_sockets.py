import asyncio
import socket
from http import HTTPStatus

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from gateway.simulator.addresses import Addresses
from gateway.simulator.dialect import DialFailure
from gateway.simulator.sockets import connect_first, dial


def _origin(port: int) -> str:
    return f"http://127.0.0.1:{port}"


async def _idle(socket: ServerConnection) -> None:
    await socket.wait_closed()


async def test_opens_a_socket_as_a_carrier_does() -> None:
    """The public host, the carrier's headers, no compression, no origin, and no user agent of a Python library."""
    async with serve(_idle, "127.0.0.1", 0) as server:
        addresses = Addresses(_origin(server.sockets[0].getsockname()[1]), "https://voice.example.com")
        socket = await dial(addresses, "wss://voice.example.com/m", {"X-Twilio-Signature": "x"})
        assert isinstance(socket, ClientConnection)
        async with socket:
            assert socket.request is not None
            headers = socket.request.headers
            assert (headers["Host"], headers["X-Twilio-Signature"]) == ("voice.example.com", "x")
            assert not {"origin", "user-agent", "sec-websocket-extensions"} & {name.lower() for name in headers}


async def test_a_refusal_has_its_status() -> None:
    """What the gateway answered instead of 101."""

    def refuse(connection: ServerConnection, _: Request) -> Response:
        return connection.respond(HTTPStatus.NOT_FOUND, "no")

    async with serve(_idle, "127.0.0.1", 0, process_request=refuse) as server:
        url = _origin(server.sockets[0].getsockname()[1])
        assert await dial(Addresses(url, ""), url.replace("http", "ws"), {}) == (DialFailure.HANDSHAKE, 404)


@pytest.mark.parametrize("location", ["/elsewhere", "wss://voice.example.com/m"], ids=["here", "to another origin"])
async def test_a_redirection_is_a_refusal(location: str) -> None:
    """A carrier takes nothing but 101: an ingress that sends sockets to https is an error of the handshake."""

    def redirect(connection: ServerConnection, request: Request) -> Response | None:
        if request.path == "/elsewhere":
            return None
        response = connection.respond(HTTPStatus.PERMANENT_REDIRECT, "")
        response.headers["Location"] = location
        return response

    async with serve(_idle, "127.0.0.1", 0, process_request=redirect) as server:
        url = _origin(server.sockets[0].getsockname()[1])
        assert await dial(Addresses(url, ""), url.replace("http", "ws"), {}) == (DialFailure.HANDSHAKE, 308)


async def test_a_name_with_several_addresses_is_tried_at_each() -> None:
    """`localhost` is ::1 too on most machines, where a gateway on 0.0.0.0 does not listen."""
    async with serve(_idle, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with await connect_first([(socket.AF_INET6, ("::1", port)), (socket.AF_INET, ("127.0.0.1", port))]) as found:
            assert found.getpeername() == ("127.0.0.1", port)
    with pytest.raises(ConnectionRefusedError):
        await connect_first([(socket.AF_INET, ("127.0.0.1", 1))])


async def test_an_answer_that_is_not_http() -> None:
    """Something else listens on that port."""

    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com ESMTP\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        url = _origin(server.sockets[0].getsockname()[1])
        assert await dial(Addresses(url, ""), url.replace("http", "ws"), {}) == (DialFailure.HANDSHAKE, 0)
        secure = url.replace("http", "wss")
        assert await dial(Addresses(url.replace("http", "https"), ""), secure, {}) == (DialFailure.TLS, 0)


async def test_nobody_listens() -> None:
    """The connection is refused."""
    async with serve(_idle, "127.0.0.1", 0) as server:
        url = _origin(server.sockets[0].getsockname()[1])
    assert await dial(Addresses(url, ""), url.replace("http", "ws"), {}) == (DialFailure.REFUSED, 0)


@pytest.mark.parametrize(
    ("public", "url", "failure"),
    [
        ("https://voice.example.com", "ws://voice.example.com/m", DialFailure.SCHEME),
        ("http://127.0.0.1", "ftp://127.0.0.1/m", DialFailure.SCHEME),
        ("http://127.0.0.1", "ws://127.0.0.1:port/m", DialFailure.MALFORMED_URL),
        ("http://127.0.0.1", "ws:///m", DialFailure.MALFORMED_URL),
    ],
)
async def test_an_address_that_cannot_be_dialled(public: str, url: str, failure: DialFailure) -> None:
    """Nothing leaves the machine."""
    assert await dial(Addresses("http://127.0.0.1:9", public), url, {}) == (failure, 0)
