"""Runs a sandbox: embedded in a test or demo, or until it is told to stop."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Generator
from dataclasses import dataclass
from typing import cast

import structlog
import uvicorn

from gateway.clock import SystemClock
from gateway.errors import ConfigError
from gateway.sandbox.app import build_app
from gateway.sandbox.exchange import Exchange
from gateway.sandbox.options import SandboxOptions
from gateway.sandbox.state import SandboxState
from gateway.sandbox.stream import upgrade_protocol

BACKLOG = 2048
"""Connections that may wait to be accepted, uvicorn's own default."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox that is listening."""

    base_url: str
    """`http://127.0.0.1:8400/v1`: what a client calls the API's base."""
    state: SandboxState


class EmbeddedServer(uvicorn.Server):
    """uvicorn that leaves the process's signals alone and tells when it accepts."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.accepting = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell."""
        await super().startup(sockets)
        self.accepting.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals belong to whoever runs the process."""
        yield


@contextlib.asynccontextmanager
async def run_sandbox(options: SandboxOptions) -> AsyncIterator[Sandbox]:
    """A sandbox for as long as the block runs.

    Raises:
        ConfigError: the address cannot be listened on.
    """
    exchange = Exchange(options, SystemClock())
    listener = _listen(options.host, options.port)
    server = EmbeddedServer(_config(exchange))
    # A task of our own rather than a TaskGroup's: that would wrap what the block raises in an ExceptionGroup.
    serving = asyncio.get_running_loop().create_task(server.serve([listener]))
    serving.add_done_callback(lambda _: server.accepting.set())  # a server that failed accepts nothing
    working = asyncio.get_running_loop().create_task(exchange.run())
    try:
        await server.accepting.wait()
        if serving.done():
            serving.result()
        yield Sandbox(f"http://{_address(listener)}/v1", exchange.state)
    finally:
        exchange.stop()
        server.should_exit = True
        try:
            await serving
        finally:
            working.cancel()
            await asyncio.wait([working])
            exchange.close()


async def serve_sandbox(options: SandboxOptions, stop: asyncio.Event | None = None) -> None:
    """Run a sandbox until `stop` is set, or for ever.

    Raises:
        ConfigError: the address cannot be listened on.
    """
    async with run_sandbox(options) as sandbox:
        _log.info("sandbox_listening", base_url=sandbox.base_url, counterpart=options.counterpart)
        await (stop or asyncio.Event()).wait()


def _config(exchange: Exchange) -> uvicorn.Config:
    return uvicorn.Config(
        build_app(exchange),
        ws=cast("type[asyncio.Protocol]", upgrade_protocol(exchange)),
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="warning",  # at "info" uvicorn logs the stream's path with its token
        timeout_graceful_shutdown=2,
        server_header=False,
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as exc:
        raise ConfigError([f"host and port: cannot listen on {host}:{port}: {exc.strerror}"]) from exc


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
