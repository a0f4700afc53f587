"""A Kallglot on loopback that answers REST requests by script, well or badly."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto


class Oddity(Enum):
    """What a peer can do instead of answering."""

    HANG = auto()
    """Say nothing until the test is over."""
    RESET = auto()
    """Reset the connection."""
    HANG_UP = auto()
    """Close the connection."""


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """An HTTP/1.1 answer; `retry_after` becomes `retry-after`."""
    lines = [f"HTTP/1.1 {status} Scripted", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> object:
        return json.loads(self.body)


@dataclass
class RestPeer:
    """Answers each request with the next entry of its script, the last one again and again."""

    script: tuple[bytes | Oddity, ...]
    port: int = 0
    received: list[Received] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        self.writers.add(writer)
        try:
            while (request := await _read(reader)) is not None:
                self.received.append(request)
                await self._answer(self.script[min(len(self.received), len(self.script)) - 1], writer)
        except ConnectionError:
            pass  # the client had enough
        finally:
            writer.close()

    async def _answer(self, entry: bytes | Oddity, writer: asyncio.StreamWriter) -> None:
        match entry:
            case bytes():
                writer.write(entry)
            case Oddity.HANG:
                await self.over.wait()
            case Oddity.RESET:
                reset(writer.transport)
            case Oddity.HANG_UP:
                writer.close()


def reset(transport: asyncio.WriteTransport) -> None:
    """End a connection with a TCP RST, as a process that was killed does."""
    connection: socket.socket = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def _read(reader: asyncio.StreamReader) -> Received | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    request_line, *lines = head.rstrip("\r\n").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    method, path, _ = request_line.split(" ")
    return Received(method, path, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


@asynccontextmanager
async def rest_peer(*script: bytes | Oddity) -> AsyncIterator[RestPeer]:
    """A peer that follows `script`, on a free port."""
    peer = RestPeer(script)
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        peer.over.set()
        server.close()
        for writer in peer.writers:
            writer.transport.abort()
        await server.wait_closed()
        await asyncio.gather(*peer.tasks)


@asynccontextmanager
async def silent_port() -> AsyncIterator[int]:
    """A port on which connections are refused, for as long as it is held."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
