"""Clients of a running sandbox, made of httpx and websockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from gateway.sandbox.journal import SocketId
from gateway.sandbox.options import SandboxOptions
from gateway.sandbox.server import Sandbox, run_sandbox
from tests.sandbox.wire import audio_input

WAIT_S = 10
"""More than anything here takes; only a failure waits this long."""


class FakeEar:
    """The writing side of a socket, in memory."""

    def __init__(self, socket_id: SocketId) -> None:
        self.id = socket_id
        self.sent: list[Any] = []
        self.closed: int | None = None
        self.cuts = 0

    def send(self, text: bytes) -> None:
        self.sent.append(json.loads(text))

    def close(self, code: int = 1000) -> None:
        self.closed = code

    def cut(self) -> None:
        self.cuts += 1


class Desk:
    """A sandbox with somebody in front of it."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient) -> None:
        self.sandbox = sandbox
        self.http = http
        """Authenticated, relative to `/v1`."""

    async def create(self, **fields: object) -> Any:
        """A new session."""
        answer = await self.http.post("/sessions", json={"mode": "bidirectional_translation", **fields})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def speak(self, session: Any, *said: tuple[str, bytes]) -> None:
        """Say something in a session, over one socket, and leave."""
        async with stream(session) as socket:
            for number, (speaker, ulaw) in enumerate(said):
                await socket.send(audio_input(ulaw, number + 1, speaker))
            await socket.send('{"type":"ping"}')
            await receive_until(socket, "pong")

    async def finished(self, path: str) -> Any:
        """An object of the API, once it is no longer being processed."""
        async with asyncio.timeout(WAIT_S):
            while (found := (await self.http.get(path)).json())["status"] == "processing":  # noqa: ASYNC110  it is asked
                await asyncio.sleep(0.01)
        return found

    async def tool(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """A request to a development tool, `/sandbox/…`."""
        root = self.sandbox.base_url.removesuffix("/v1")
        return await self.http.request(method, root + path, **kwargs)

    async def report(self, session_id: str) -> Any:
        """What the sandbox says it saw of a session."""
        reports = (await self.tool("GET", "/sandbox/sessions")).json()["sessions"]
        return next(report for report in reports if report["id"] == session_id)


@asynccontextmanager
async def desk(**options: Any) -> AsyncIterator[Desk]:
    """A sandbox on a free port and a client with a test key."""
    async with (
        run_sandbox(SandboxOptions(port=0, **options)) as sandbox,
        httpx.AsyncClient(base_url=sandbox.base_url, headers={"Authorization": "Bearer sk_test_desk"}) as http,
    ):
        yield Desk(sandbox, http)


@asynccontextmanager
async def stream(session: Any) -> AsyncIterator[ClientConnection]:
    """An open stream that has said it is ready."""
    url = f"{session['stream']['url']}?token={session['stream']['token']}"
    async with connect(url) as socket:
        ready = await receive(socket)
        assert ready == {"type": "session.ready", "session_id": session["id"]}
        yield socket


async def until(condition: Callable[[], object]) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110  what is waited for is plain state of the code under test
            await asyncio.sleep(0)


async def receive(socket: ClientConnection) -> Any:
    """The next message."""
    async with asyncio.timeout(WAIT_S):
        return json.loads(await socket.recv())


async def receive_until(socket: ClientConnection, kind: str) -> list[Any]:
    """Messages up to and with the first of a type."""
    messages = [await receive(socket)]
    while messages[-1]["type"] != kind:
        messages.append(await receive(socket))
    return messages
