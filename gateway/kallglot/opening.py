"""The opening of a session stream: the upgrade is asked for by picows and its answer judged by `websockets`.

picows carries the frames, at a fifth of the CPU, but of a refused upgrade it tells little: not the body that comes in a
packet of its own, nor what was said instead of HTTP. `websockets` reads the answer in all its variety.
"""

import asyncio
import socket
from dataclasses import dataclass
from logging import getLogger
from typing import cast

from picows import WSListener
from websockets.client import ClientProtocol
from websockets.headers import build_host
from websockets.protocol import State
from websockets.uri import WebSocketURI
from websockets.utils import accept_key

from gateway.engine import EnginePolicy, Upgrade, engine, feed, take_over
from gateway.kallglot.client import USER_AGENT

_END_OF_HEAD = b"\r\n\r\n"

_ACCEPTED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %b\r\n\r\n"
)

_logger = getLogger("picows.kallglot")


@dataclass(frozen=True, slots=True)
class SendPolicy:
    """How much may be on its way, and for how long."""

    high_water_bytes: int
    """Unsent, here and again in the kernel."""
    unacknowledged_ms: int
    """Then the connection is lost: TCP by itself would try for a quarter of an hour (tcp(7), TCP_USER_TIMEOUT)."""

    def apply(self, transport: asyncio.Transport) -> None:
        """From now on, to this connection."""
        transport.set_write_buffer_limits(high=self.high_water_bytes)
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, self.high_water_bytes)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux alone has it
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, self.unacknowledged_ms)


class Opening(asyncio.Protocol):
    """Has a transport until its upgrade is answered; then the engine of its frames has it.

    Reading is paused then, and what has come behind the answer waits: both until `proceed`.
    """

    def __init__(self, uri: WebSocketURI, listener: WSListener, policy: EnginePolicy, sending: SendPolicy) -> None:
        self._judge = ClientProtocol(uri)
        self._judge.debug = False  # it would log the request line at that level, and the token is in it
        host = build_host(uri.host, uri.port, uri.secure)
        ask = Upgrade(host, uri.resource_name, {"User-Agent": USER_AGENT})
        self._engine = engine(lambda: listener, policy, _logger, ask)
        self._sending = sending
        self._answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None
        self._last = b""
        """The end of what has come, as long as it is the head of the answer."""
        self._rest = b""

    async def outcome(self) -> Exception | None:
        """Wait for the upgrade's answer; what was wrong with it, if something was: then the connection is dropped."""
        try:
            await self._answered
        except asyncio.CancelledError:
            self._drop()
            raise
        if self._judge.handshake_exc is not None:
            self._drop()
        return self._judge.handshake_exc

    def proceed(self) -> None:
        """Hand on what has come, and read on."""
        assert self._transport is not None, "there is a transport once the upgrade is answered"
        feed(self._engine, self._rest)
        self._transport.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast: uvloop's transports do what asyncio's do, but do not inherit from them.
        self._transport = cast("asyncio.Transport", transport)
        self._sending.apply(self._transport)
        self._engine.connection_made(self._transport)
        # The engine has sent the request; the judge is to believe that it has.
        self._judge.key = self._engine.transport.request.headers["Sec-WebSocket-Key"]
        self._judge.send_request(self._judge.connect())
        self._judge.data_to_send()

    def data_received(self, data: bytes) -> None:
        # The judge would take frames behind the answer for its own.
        seen = self._last + data
        end = seen.find(_END_OF_HEAD)
        size = len(data) if end < 0 else end + len(_END_OF_HEAD) - len(self._last)
        self._last = seen[1 - len(_END_OF_HEAD) :]
        self._judge.receive_data(data[:size])
        if self._judge.state is State.OPEN:
            self._hand_over(data[size:])
        elif size < len(data):
            self._judge.receive_data(data[size:])
        self._conclude()

    def eof_received(self) -> None:
        self._judge.receive_eof()
        self._conclude()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's own signature
        self._judge.receive_eof()
        self._conclude()

    def _hand_over(self, rest: bytes) -> None:
        assert self._transport is not None, "data comes on a transport"
        self._transport.pause_reading()
        take_over(self._transport, self._engine)
        self._judge.parser.close()  # the judge and what it reads with hold each other
        self._rest = rest
        # In the words that the engine insists upon; the judge has accepted others that mean the same.
        feed(self._engine, _ACCEPTED % accept_key(self._judge.key).encode())

    def _drop(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _conclude(self) -> None:
        is_answered = self._judge.state is not State.CONNECTING or self._judge.handshake_exc is not None
        if is_answered and not self._answered.done():
            self._answered.set_result(None)
