"""A WebSocket handshake, answered by hand: for servers that do otherwise than they should from then on."""

import asyncio

from websockets.http11 import Request
from websockets.server import ServerProtocol


async def acceptance(reader: asyncio.StreamReader) -> bytes:
    """What accepts the upgrade that is asked for there."""
    protocol = ServerProtocol()
    protocol.receive_data(await reader.readuntil(b"\r\n\r\n"))
    [request] = protocol.events_received()
    assert isinstance(request, Request)
    protocol.send_response(protocol.accept(request))
    return b"".join(protocol.data_to_send())
