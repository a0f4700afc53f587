"""The media socket's WebSocket engine, on the port that uvicorn serves.

uvicorn parses the HTTP request and hands every WebSocket upgrade to the protocol class it was given (`ws=`), on the
same transport. Ours lets nothing in but media sockets: it pauses reading, asks whether the socket may be opened, and
then either answers with plain HTTP or hands the transport to picows, which needs a quarter of an ASGI socket's CPU.
What this relies on in both libraries is pinned by `tests/web/test_sockets.py`.
"""

import asyncio
import json
from collections.abc import Callable
from http import HTTPStatus
from logging import getLogger
from typing import Any, cast

from picows import WSAutoPingStrategy, WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport
from picows.picows import WSCloseHandshake, WSProtocol  # type: ignore[attr-defined]  # not in its stub; pinned by version

from gateway.bridge.carrier_leg import CarrierLeg
from gateway.errors import MessageFault
from gateway.web.media import Admission, MediaDoor, Refusal
from gateway.web.requests import Networks, client_ip

MAX_MESSAGE_BYTES = 256 * 1024
"""Carriers' media messages are under a kilobyte, and Telnyx' longest audio is thirty seconds in our direction only."""

_READ_BUFFER_BYTES = 4 * 1024
"""To begin with; picows lets it grow."""

_IDLE_S = 10.0
"""Without a message for so long the carrier is pinged; without an answer for as long again its socket is dropped. A
half-open connection says nothing by itself."""

_LINGER_S = 2.0
"""For the last bytes to be sent after a close."""

_ABNORMAL = 1006
"""Close code of a connection that was lost (RFC 6455 §7.1.5)."""

_logger = getLogger("picows.media")


class MediaSocket(WSListener):
    """One carrier's media socket."""

    def __init__(self) -> None:
        super().__init__()
        self._transport: WSTransport | None = None
        self._leg: CarrierLeg | None = None
        self._fragments: list[bytes] = []
        self._skipping = False
        self._code = _ABNORMAL

    @property
    def is_open(self) -> bool:
        """The upgrade was answered with 101."""
        return self._transport is not None

    def attach(self, leg: CarrierLeg) -> None:
        """Who hears what the carrier says."""
        self._leg = leg

    def send(self, data: bytes) -> None:
        """Send a text message; nothing happens once it is closed."""
        if self._transport is not None:
            self._transport.send(WSMsgType.TEXT, data)

    def close(self, code: int) -> None:
        """Close it, politely and without waiting."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.send_close(WSCloseCode(code))
            transport.disconnect()
            # A connection that is dead never takes the goodbye.
            asyncio.get_running_loop().call_later(_LINGER_S, transport.disconnect, False)  # noqa: FBT003 - call_later's way

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Picows has answered the upgrade."""
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """One frame; a whole text message nearly always."""
        if frame.msg_type == WSMsgType.TEXT and frame.fin:
            if self._leg is not None:
                self._leg.media_message(frame.get_payload_as_bytes())
        else:
            self._take_other(transport, frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The connection is gone, whoever closed it."""
        self._transport = None
        leg, self._leg = self._leg, None
        if leg is None:
            return
        if _refused_as_too_big(transport):
            leg.media_unwanted(MessageFault.TOO_LARGE)
        leg.media_closed(self._code)

    def pause_writing(self) -> None:
        """The carrier does not keep up."""
        if self._leg is not None:
            self._leg.media_writable(writable=False)

    def resume_writing(self) -> None:
        """The carrier keeps up again."""
        if self._leg is not None:
            self._leg.media_writable(writable=True)

    def _take_other(self, transport: WSTransport, frame: WSFrame) -> None:
        match frame.msg_type:
            case WSMsgType.TEXT | WSMsgType.CONTINUATION:
                self._take_fragment(frame)
            case WSMsgType.BINARY:
                # The carriers speak JSON text. Its continuations, if any, are skipped with it.
                self._skipping = not frame.fin
                self._unwanted(MessageFault.BINARY)
            case WSMsgType.CLOSE:
                self._code = int(frame.get_close_code().value) or _ABNORMAL
                if not transport.is_close_frame_sent:
                    transport.send_close(frame.get_close_code())
                transport.disconnect()
            case _:
                pass

    def _take_fragment(self, frame: WSFrame) -> None:
        if self._skipping:
            self._skipping = not frame.fin
            return
        self._fragments.append(frame.get_payload_as_bytes())
        if sum(map(len, self._fragments)) > MAX_MESSAGE_BYTES:
            self._fragments.clear()
            self._skipping = not frame.fin
            self._unwanted(MessageFault.TOO_LARGE)
        elif frame.fin:
            message = b"".join(self._fragments)
            self._fragments.clear()
            if self._leg is not None:
                self._leg.media_message(message)

    def _unwanted(self, fault: MessageFault) -> None:
        if self._leg is not None:
            self._leg.media_unwanted(fault)


class UpgradeProtocol(asyncio.Protocol):
    """Has a transport from uvicorn until it is decided whose it becomes."""

    def __init__(self, door: MediaDoor, tasks: asyncio.TaskGroup, trusted: Networks) -> None:
        self._door = door
        self._tasks = tasks
        self._trusted = trusted
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Uvicorn gives its transport away."""
        # A cast: uvloop's transports do what asyncio's do, but do not inherit from them.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """The request's head, once; reading is paused until it is answered."""
        assert self._transport is not None
        self._transport.pause_reading()
        self._tasks.create_task(self._answer(self._transport, data))

    async def _answer(self, transport: asyncio.Transport, head: bytes) -> None:
        path, headers = _parse(head)
        peer = transport.get_extra_info("peername")
        address = client_ip(str(peer[0]) if peer else "", headers.get("x-forwarded-for", ""), self._trusted)
        verdict = await self._ask(path, headers, address)
        if transport.is_closing():
            return
        if isinstance(verdict, Refusal):
            transport.write(_refusal(verdict))
            transport.close()
            return
        socket = MediaSocket()
        _hand_over(transport, head, socket)
        if socket.is_open:
            socket.attach(self._door.connect(verdict, socket))

    async def _ask(self, path: str, headers: dict[str, str], address: str) -> Admission | Refusal:
        if not path.startswith("/media/"):
            return Refusal(404, "not_found")
        if "sec-websocket-key" not in headers or headers.get("sec-websocket-version") != "13":
            return Refusal(400, "not_a_websocket")
        return await self._door.ask(path, headers, address)


def _refused_as_too_big(transport: WSTransport) -> bool:
    """A frame was beyond the limit, for which picows ends the connection."""
    # None until a close frame was sent or received, whatever the stub says.
    handshake: WSCloseHandshake | None = transport.close_handshake
    sent = handshake.sent if handshake is not None else None
    return sent is not None and sent.code == WSCloseCode.MESSAGE_TOO_BIG


def upgrade_protocol(door: MediaDoor, tasks: asyncio.TaskGroup, trusted: Networks) -> Callable[..., UpgradeProtocol]:
    """What uvicorn's `ws=` takes: it is called with uvicorn's configuration and state, which we do not need."""

    def make(**_uvicorn: Any) -> UpgradeProtocol:
        return UpgradeProtocol(door, tasks, trusted)

    return make


def _hand_over(transport: asyncio.Transport, head: bytes, socket: MediaSocket) -> None:
    protocol = WSProtocol(
        None,
        None,
        False,  # noqa: FBT003 - picows takes its server's options by position
        lambda _request: socket,
        _logger,
        True,  # noqa: FBT003
        5,
        True,  # noqa: FBT003
        _IDLE_S,
        _IDLE_S,
        WSAutoPingStrategy.PING_WHEN_IDLE,
        True,  # noqa: FBT003
        MAX_MESSAGE_BYTES,
        None,
        max(_READ_BUFFER_BYTES, 2 * len(head)),
    )
    protocol.connection_made(transport)
    buffer = protocol.get_buffer(-1)
    buffer[: len(head)] = head
    protocol.buffer_updated(len(head))
    transport.set_protocol(protocol)
    transport.resume_reading()


def _parse(head: bytes) -> tuple[str, dict[str, str]]:
    """The path and the headers of a request that uvicorn has parsed and written down again."""
    request_line, *lines = head.decode("latin-1").split("\r\n")
    path = request_line.split(" ")[1]
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return path, headers


def _refusal(refusal: Refusal) -> bytes:
    status = HTTPStatus(refusal.status)
    body = json.dumps(
        {"error": {"code": refusal.code, "message": "media socket refused", "type": "permission_error", "param": None}}
    ).encode()
    return (
        f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    ).encode() + body
