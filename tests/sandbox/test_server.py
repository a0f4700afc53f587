import asyncio
import signal
import socket

import httpx
import pytest
from structlog.testing import capture_logs

from gateway.errors import ConfigError
from gateway.sandbox.options import SandboxOptions
from gateway.sandbox.server import run_sandbox, serve_sandbox
from tests.sandbox.clients import until


async def test_an_embedded_sandbox_says_where_it_is() -> None:
    """On a free port, answering at once, and gone after the block."""
    async with run_sandbox(SandboxOptions(port=0)) as sandbox, httpx.AsyncClient() as http:
        assert sandbox.base_url.startswith("http://127.0.0.1:")
        assert sandbox.base_url.endswith("/v1")
        answer = await http.post(
            f"{sandbox.base_url}/sessions", json={"mode": "ai_agent"}, headers={"X-API-Key": "sk_live_a"}
        )
        assert answer.status_code == 201
        assert list(sandbox.state.sessions) == [answer.json()["id"]]

    async with httpx.AsyncClient() as http:
        with pytest.raises(httpx.ConnectError):
            await http.get(sandbox.base_url)


async def test_what_the_block_raises_comes_out_as_it_is() -> None:
    """Not in an exception group: a failed assertion reads as one."""
    with pytest.raises(ZeroDivisionError):
        async with run_sandbox(SandboxOptions(port=0)):
            raise ZeroDivisionError


async def test_signals_are_left_alone() -> None:
    """The process that embeds the sandbox has handlers of its own."""
    before = signal.getsignal(signal.SIGTERM)
    async with run_sandbox(SandboxOptions(port=0)):
        assert signal.getsignal(signal.SIGTERM) is before


async def test_a_port_in_use_is_the_operator_s_problem() -> None:
    """Named, with the address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"127.0.0.1:{port}"):
            async with run_sandbox(SandboxOptions(port=port)):
                pytest.fail("it must not start")


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="the machine has no IPv6")
async def test_an_ipv6_address_is_written_in_brackets() -> None:
    """So that it can be used as it is."""
    async with run_sandbox(SandboxOptions(host="::1", port=0)) as sandbox:
        assert sandbox.base_url.startswith("http://[::1]:")


async def test_serving_ends_when_it_is_told_to() -> None:
    """And says once where it listens."""
    stop = asyncio.Event()
    stop.set()
    with capture_logs() as logs:
        await serve_sandbox(SandboxOptions(port=0, counterpart="mute"), stop)

    [line] = logs
    assert (line["event"], line["counterpart"]) == ("sandbox_listening", "mute")
    assert line["base_url"].startswith("http://127.0.0.1:")


async def test_the_command_runs_until_it_is_cancelled() -> None:
    """Ctrl-C arrives as a cancellation; the sandbox goes without complaint."""
    with capture_logs() as logs:
        serving = asyncio.get_running_loop().create_task(serve_sandbox(SandboxOptions(port=0)))
        await until(lambda: logs)
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
