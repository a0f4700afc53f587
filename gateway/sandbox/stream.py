"""`GET /v1/sessions/{id}/connect?token=…`: who may open a session's stream, and the opening of it.

uvicorn hands every WebSocket upgrade to the protocol class it was given (`ws=`), on the same transport. This one asks
whether the stream may be opened and then either answers with plain HTTP or hands the transport to picows.
"""

import asyncio
import re
from collections.abc import Callable
from http import HTTPStatus
from logging import getLogger
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from starlette.responses import Response

from gateway.engine import EnginePolicy, engine, feed, take_over
from gateway.sandbox.answers import refusal_response, response
from gateway.sandbox.exchange import Exchange
from gateway.sandbox.faults import CONNECT, Fault
from gateway.sandbox.line import Line
from gateway.sandbox.refusals import ErrorType, Refused
from gateway.sandbox.session import Session
from gateway.sandbox.sockets import MAX_MESSAGE_BYTES, UNSENT_BYTES, StreamSocket

IDLE_PING_S = 20.0
"""Without data for so long a client is pinged, and dropped after as long again; the documents are silent."""

_PATH = re.compile(r"/v1/sessions/(?P<session_id>[^/]+)/connect")
_UPGRADE = (
    b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: %b\r\n\r\n"
)
"""What the client asked for, in the words that picows insists upon."""

_STATUSES = frozenset(HTTPStatus)

_logger = getLogger("picows.sandbox")


class Upgrade(asyncio.Protocol):
    """Has a transport from uvicorn until it is decided whose it becomes."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Uvicorn gives its transport away."""
        # A cast: uvloop's transports do what asyncio's do, but do not inherit from them.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """The request's head, once; reading is paused until it is answered."""
        assert self._transport is not None
        self._transport.pause_reading()
        fault = self._exchange.state.faults.take(CONNECT)
        # Not at once: having handed the head over, uvicorn makes this the transport's protocol.
        asyncio.get_running_loop().call_later(
            0 if fault is None else fault.wait_s, self._answer, self._transport, data, fault
        )

    def _answer(self, transport: asyncio.Transport, head: bytes, fault: Fault | None) -> None:
        if transport.is_closing():
            return
        target, headers = _parse(head)
        try:
            ordered = None if fault is None else fault.answer()
            if ordered is not None:
                _write(transport, response(ordered, self._exchange.new_request_id()))
                return
            session, line = admit(self._exchange, target)
            key = headers.get("sec-websocket-key")
            if key is None or headers.get("sec-websocket-version") != "13":
                raise Refused(400, "invalid_request", "This is no WebSocket upgrade of version 13.")
        except Refused as refused:
            _write(transport, refusal_response(refused, self._exchange.new_request_id()))
            return
        _open(self._exchange, transport, key, session, line)


def upgrade_protocol(exchange: Exchange) -> Callable[..., Upgrade]:
    """What uvicorn's `ws=` takes."""

    def make(**_uvicorn: Any) -> Upgrade:
        return Upgrade(exchange)

    return make


def admit(exchange: Exchange, target: str) -> tuple[Session, Line]:
    """Check the token, the only time it is checked.

    Raises:
        Refused: 404 for an unknown path or session; 403 for a token that does not open it, a session that is over, or
            one that was left too long ago to come back to.
    """
    address = urlsplit(target)
    path = _PATH.fullmatch(address.path)
    if path is None:
        raise Refused(404, "not_found", f"No such path: {address.path}.", kind=ErrorType.NOT_FOUND)
    session = exchange.state.find(path["session_id"])
    token = parse_qs(address.query).get("token", [""])[0]
    now_ms = exchange.clock.unix_ms()
    fault = session.tokens.check(token, now_ms)
    if fault is not None:
        message = "The stream token does not open this session, or no longer."
        raise Refused(403, fault, message, kind=ErrorType.AUTHENTICATION)
    line = exchange.line(session)
    if line is None:
        raise Refused(403, "session_ended", "The session has ended.")
    left_ms = session.times.left_ms
    if left_ms is not None and now_ms - left_ms > exchange.options.timing.reconnect_window_s * 1000:
        raise Refused(403, "reconnect_window_closed", "The session was left more than 5 minutes ago.")
    return session, line


def _open(exchange: Exchange, transport: asyncio.Transport, key: str, session: Session, line: Line) -> None:
    socket = StreamSocket(
        exchange.next_socket_id(),
        lambda message: line.receive(socket, message),
        lambda: exchange.leaves(session, line, socket),
    )
    policy = EnginePolicy(MAX_MESSAGE_BYTES, idle_ping_s=IDLE_PING_S)
    protocol = engine(lambda: socket, policy, _logger, None)
    transport.set_write_buffer_limits(high=UNSENT_BYTES)
    protocol.connection_made(transport)
    feed(protocol, _UPGRADE % key.encode("latin-1"))
    if socket.is_open:
        exchange.joins(session, line, socket)
    take_over(transport, protocol)
    transport.resume_reading()


def _parse(head: bytes) -> tuple[str, dict[str, str]]:
    """The target and the headers of a request that uvicorn has parsed and written down again."""
    request_line, *lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return request_line.split(" ")[1], headers


def _write(transport: asyncio.Transport, answer: Response) -> None:
    """A plain HTTP answer, and no more on this connection."""
    status = answer.status_code
    # A fault may order a status that HTTP has no phrase for: 520 is what a proxy says.
    phrase = HTTPStatus(status).phrase if status in _STATUSES else ""
    lines = [f"HTTP/1.1 {status} {phrase}", "connection: close"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    transport.write("\r\n".join([*lines, "", ""]).encode("latin-1") + bytes(answer.body))
    transport.close()
