"""A listening socket, and an HTTP app that answers on it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from gateway.errors import ConfigError

_BACKLOG = 2048
"""Connections that may wait to be accepted: what uvicorn and nginx take."""

_SHUTDOWN_S = 3
"""For answers that are under way when the gateway stops."""

_KEEP_ALIVE_S = 75
"""Longer than carriers and balancers keep an idle connection (60 s is common): where we close first, we may do so just
as a webhook is being sent, and no carrier sends one twice."""


def listen(section: str, host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        ConfigError: nothing can listen there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
        listener.setblocking(False)  # noqa: FBT003 - the standard library's signature
    except OSError as exc:
        listener.close()
        raise ConfigError([f"{section}.host, {section}.port: cannot listen on {host}:{port}: {exc.strerror}"]) from exc
    return listener


@asynccontextmanager
async def serving(
    listener: socket.socket, app: ASGIApp, http: Any, ws: Any, tasks: asyncio.TaskGroup
) -> AsyncIterator[None]:
    """Answer on the listener for as long as the context lasts; `http` and `ws` are uvicorn's protocols."""
    config = uvicorn.Config(
        app,
        http=http,
        ws=ws,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_SHUTDOWN_S,
    )
    server = _Server(config)
    answering = tasks.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await answering


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: whoever runs the gateway decides when it stops."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
