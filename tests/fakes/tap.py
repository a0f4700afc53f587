"""A TCP connection's middle, where a test can keep what passes from passing."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_BUFFER_BYTES = 4096
"""As little as the kernel lets us hold, so that a sender feels at once that nobody reads."""


class Tap:
    """Passes everything on, both ways, until it is closed for what the clients say."""

    def __init__(self, listener: socket.socket) -> None:
        self.port: int = listener.getsockname()[1]
        self.target_port = 0
        """On loopback; set before anybody connects."""
        self._is_open = asyncio.Event()
        self._is_open.set()
        self._loses_answer = False

    def close(self) -> None:
        """Read nothing more from the clients; what is read already is passed on."""
        self._is_open.clear()

    def open(self) -> None:
        """Go on."""
        self._is_open.set()

    def lose_answer(self) -> None:
        """Close the connection on which the next answer comes, instead of passing that on."""
        self._loses_answer = True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection on until either end closes it."""
        their_reader, their_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        forth = asyncio.ensure_future(self._pass(reader, their_writer, self._is_open))  # noqa: TID251 - ended below
        try:
            await self._pass(their_reader, writer, None)
        finally:
            forth.cancel()
            for each in (writer, their_writer):
                each.close()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: asyncio.Event | None
    ) -> None:
        while True:
            if gate is not None:
                await gate.wait()
            data = await reader.read(_BUFFER_BYTES)
            if gate is None and self._loses_answer:
                self._loses_answer, data = False, b""
            if not data:
                writer.close()
                return
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def tapped() -> AsyncIterator[Tap]:
    """A tap on a port of its own."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        listener.bind(("127.0.0.1", 0))
        tap = Tap(listener)
        server = await asyncio.start_server(tap.serve, sock=listener, limit=_BUFFER_BYTES)
        async with server:
            yield tap
