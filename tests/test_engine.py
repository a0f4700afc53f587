"""What is relied upon in picows, when its protocol is made by hand and fed with what has been read already."""

import asyncio
import logging
from typing import cast

from picows import WSFrame, WSListener, WSMsgType, WSTransport
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from gateway.engine import EnginePolicy, Upgrade, engine, feed
from tests.fakes.until import until

_LOG = logging.getLogger("picows.test")


class Heard(WSListener):
    """Keeps what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[bytes] = []
        self.transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self.messages.append(frame.get_payload_as_bytes())

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.transport = None


class Peer(asyncio.Protocol):
    """The other end of a connection; keeps what it receives."""

    def __init__(self) -> None:
        self.received = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.received += data


async def connection() -> tuple[asyncio.Transport, Peer]:
    """A transport whose protocol is yet to be chosen, and who is at its other end."""
    loop = asyncio.get_running_loop()
    peer = Peer()
    server = await loop.create_server(lambda: peer, "127.0.0.1", 0)
    transport, _ = await loop.create_connection(asyncio.Protocol, *server.sockets[0].getsockname())
    await until(lambda: peer.transport is not None)
    server.close()
    return transport, peer


async def test_a_server_takes_an_upgrade_and_frames_that_were_read_before() -> None:
    """Longer than its first buffer, and in one piece: nothing of it is lost."""
    heard = Heard()
    transport, peer = await connection()
    protocol = engine(lambda: heard, EnginePolicy(100_000, read_buffer_bytes=2048), _LOG, None)
    protocol.connection_made(transport)
    client = ClientProtocol(parse_uri("ws://h/"))
    client.send_request(client.connect())
    long = b"x" * 50_000
    feed(protocol, b"".join(client.data_to_send()) + Frame(Opcode.TEXT, long, fin=True).serialize(mask=True))
    assert heard.messages == [long]
    assert heard.transport is not None
    transport.set_protocol(protocol)
    heard.transport.send(WSMsgType.TEXT, b"answer")
    await until(lambda: peer.received.endswith(b"answer"))
    client.receive_data(peer.received)
    [response, frame] = client.events_received()
    assert isinstance(response, Response)
    assert isinstance(frame, Frame)
    assert frame.data == b"answer"
    transport.abort()


async def test_a_client_asks_for_what_it_is_told_and_takes_its_answer_from_others() -> None:
    heard = Heard()
    transport, peer = await connection()
    ask = Upgrade("h:81", "/path?query=1", {"User-Agent": "us"})
    protocol = engine(lambda: heard, EnginePolicy(1000), _LOG, ask)
    protocol.connection_made(transport)
    await until(lambda: peer.received.endswith(b"\r\n\r\n"))
    server = ServerProtocol()
    server.receive_data(peer.received)
    [request] = server.events_received()
    assert isinstance(request, Request)
    assert (request.path, request.headers["Host"], request.headers["User-Agent"]) == ("/path?query=1", "h:81", "us")
    assert protocol.transport.request.headers["Sec-WebSocket-Key"] == request.headers["Sec-WebSocket-Key"]
    server.send_response(server.accept(request))
    assert heard.transport is None
    feed(protocol, b"".join(server.data_to_send()))
    assert heard.transport is not None
    transport.abort()
