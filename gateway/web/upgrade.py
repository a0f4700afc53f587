"""What uvicorn does with a WebSocket upgrade: it is a media socket that may be opened, or it is refused.

uvicorn parses the HTTP request and hands every WebSocket upgrade to the protocol class it was given (`ws=`), on the
same transport. Ours lets nothing in but media sockets: it pauses reading, asks whether the socket may be opened, and
then either answers with plain HTTP or hands the transport over to a `MediaSocket`.
What this relies on in uvicorn is pinned by `tests/web/test_upgrade.py`.
"""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from gateway.telemetry.logs import logger
from gateway.web.errors import raw_error
from gateway.web.media import Admission, MediaDoor, Refusal
from gateway.web.requests import Networks, client_ip
from gateway.web.sockets import MediaSocket, hand_over
from gateway.web.visitors import Visit

_HEAD_BYTES = 16 * 1024
"""Carriers' are under a kilobyte."""

_log = logger("media")


class UpgradeProtocol(asyncio.Protocol):
    """Has a transport from uvicorn until it is decided whose it becomes."""

    def __init__(self, door: MediaDoor, tasks: asyncio.TaskGroup, trusted: Networks, visit: Visit) -> None:
        self._door = door
        self._tasks = tasks
        self._trusted = trusted
        self._visit = visit
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Uvicorn gives its transport away."""
        # A cast: uvloop's transports do what asyncio's do, but do not inherit from them.
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _exc: Exception | None) -> None:
        """It became nobody's."""
        self._visit.leave()

    def data_received(self, data: bytes) -> None:
        """The request's head, once; reading is paused until it is answered."""
        assert self._transport is not None
        self._transport.pause_reading()
        self._tasks.create_task(self._answer_or_drop(self._transport, data))

    async def _answer_or_drop(self, transport: asyncio.Transport, head: bytes) -> None:
        try:
            await self._answer(transport, head)
        except Exception:  # noqa: BLE001 - the outer edge of a task: a bug drops this connection and no other
            _log.exception("upgrade_failed")
            transport.abort()

    async def _answer(self, transport: asyncio.Transport, head: bytes) -> None:
        path, headers = _parse(head)
        peer = transport.get_extra_info("peername")
        address = client_ip(str(peer[0]) if peer else "", headers.get("x-forwarded-for", ""), self._trusted)
        verdict = await self._ask(path, headers, address, len(head))
        if transport.is_closing():
            return
        if isinstance(verdict, Refusal):
            transport.write(raw_error(verdict.status, verdict.code, "media socket refused", type_="permission_error"))
            transport.close()
            return
        socket = MediaSocket(self._door.opened, self._gone)
        hand_over(transport, headers["sec-websocket-key"], socket)
        if socket.is_open:
            socket.attach(self._door.connect(verdict, socket))
        else:
            self._visit.leave()

    def _gone(self) -> None:
        self._visit.leave()
        self._door.closed()

    async def _ask(self, path: str, headers: dict[str, str], address: str, size: int) -> Admission | Refusal:
        if size > _HEAD_BYTES:
            return Refusal(431, "headers_too_large")
        if not path.startswith("/media/"):
            return Refusal(404, "not_found")
        if "sec-websocket-key" not in headers or headers.get("sec-websocket-version") != "13":
            return Refusal(400, "not_a_websocket")
        return await self._door.ask(path, headers, address)


def upgrade_protocol(door: MediaDoor, tasks: asyncio.TaskGroup, trusted: Networks) -> Callable[..., UpgradeProtocol]:
    """What uvicorn's `ws=` takes. It is called with the connection's `visit`, and with what we do not need."""

    def make(*, visit: Visit, **_uvicorn: Any) -> UpgradeProtocol:
        return UpgradeProtocol(door, tasks, trusted, visit)

    return make


def _parse(head: bytes) -> tuple[str, dict[str, str]]:
    """The path and the headers of a request that uvicorn has parsed and written down again.

    Of a header with several lines all values, as HTTP joins them (RFC 9110 §5.3): proxies write lines of their own.
    """
    request_line, *lines = head.decode("latin-1").split("\r\n")
    path = request_line.split(" ")[1]
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            name, value = name.strip().lower(), value.strip()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return path, headers
