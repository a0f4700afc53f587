import asyncio
import signal
import socket
import sys

import pytest

from gateway.workers.process import Launch, Worker
from tests.workers.stub import GONE_AT_ONCE, STUB, STUBBORN, WELL


async def start(mode: str, listener: socket.socket) -> Worker:
    return await Launch((sys.executable, str(STUB), mode), listener).start(4)


@pytest.fixture
def listener() -> socket.socket:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.dup()


async def test_a_worker_says_where_it_can_be_asked(listener: socket.socket) -> None:
    """And goes when it is told to."""
    with listener:
        worker = await start(WELL, listener)
        assert worker.admin_url == ""
        assert await worker.up()
        assert worker.admin_url == "http://127.0.0.1:1004"

        worker.drain()
        assert await worker.ended() == 0
        worker.drain()
        worker.let_go()


async def test_a_worker_that_does_not_come_up_is_told_from_one_that_takes_its_time(listener: socket.socket) -> None:
    """Nobody waits for it."""
    with listener:
        worker = await start(GONE_AT_ONCE, listener)
        assert not await worker.up()
        assert await worker.ended() == 3
        worker.let_go()


@pytest.mark.parametrize(
    ("is_up", "code"), [pytest.param(True, 0, id="up"), pytest.param(False, -signal.SIGKILL, id="starting")]
)
async def test_a_worker_is_hurried_by_what_it_has_to_lose(listener: socket.socket, is_up: bool, code: int) -> None:
    """One that carries calls may end them; one that is starting has none."""
    with listener:
        worker = await start(STUBBORN, listener)
        if is_up:
            await worker.up()
        worker.hurry()

        async with asyncio.timeout(10):
            assert await worker.ended() == code
        worker.let_go()


async def test_what_cannot_be_started_leaves_no_socket_behind(listener: socket.socket) -> None:
    with listener, pytest.raises(FileNotFoundError):
        await Launch(("/nowhere/gateway",), listener).start(0)
