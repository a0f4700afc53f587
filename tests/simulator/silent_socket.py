"""A WebSocket server that says nothing after its handshake, as a machine does that has lost its network."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.fakes.handshake import acceptance


@asynccontextmanager
async def silent_socket() -> AsyncIterator[str]:
    """Its URL, for as long as the block lasts; nothing that it is sent is read."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await acceptance(reader))
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # the stub knows its writing half only
        writers.append(writer)

    writers: list[asyncio.StreamWriter] = []
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # it does not take long to fill
    async with await asyncio.start_server(answer, sock=listener) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/m"
        for writer in writers:
            writer.transport.abort()
