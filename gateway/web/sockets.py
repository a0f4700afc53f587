"""A carrier's media socket: picows' frames in, a call's messages out.

picows needs a quarter of an ASGI socket's CPU. What this relies on in it is pinned by `tests/web/test_sockets.py`.
"""

import asyncio
import socket as sockets
from collections.abc import Callable
from logging import getLogger

from picows.picows import WSCloseCode, WSCloseHandshake, WSFrame, WSListener, WSMsgType, WSTransport

from gateway.bridge.carrier_leg import CarrierLeg
from gateway.engine import EnginePolicy, close_code, drop, engine, feed, take_over
from gateway.errors import MessageFault

MAX_MESSAGE_BYTES = 256 * 1024
"""Carriers' media messages are under a kilobyte, and Telnyx' longest audio is thirty seconds in our direction only."""

_UPGRADE = (
    b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: %b\r\n\r\n"
)
"""What a carrier asks for, in the words that picows insists upon: it takes no `Connection: keep-alive, Upgrade`."""

_UNSENT_BYTES = 16 * 1024
"""What may wait on its way to a carrier that reads slowly, here and again in the kernel: a second of μ-law in base64
each. Else the kernel alone would take minutes, and the caller would hear all of them late."""

_IDLE_S = 10.0
"""Without a message for so long the carrier is pinged; without an answer for as long again its socket is dropped. A
half-open connection says nothing by itself."""

_LINGER_S = 2.0
"""For the last bytes to be sent after a close."""

_TEXT = WSMsgType.TEXT  # an enum's members are slow to look up, and this one is needed with every frame

_ABNORMAL = 1006
"""Close code of a connection that was lost (RFC 6455 §7.1.5)."""

_logger = getLogger("picows.media")


class MediaSocket(WSListener):
    """One carrier's media socket; what is to be done when it is open and when it is so no more is done once each."""

    def __init__(self, on_open: Callable[[], None], on_gone: Callable[[], None]) -> None:
        super().__init__()
        self._on_open = on_open
        self._on_gone = on_gone
        self._transport: WSTransport | None = None
        self._leg: CarrierLeg | None = None
        self._hear: Callable[[list[bytes]], None] | None = None
        self._messages: list[bytes] = []
        """Read, and not handed on yet: those that are read at once are heard at once."""
        self._fragments = bytearray()
        """Of one message: joined as they come, so that thousands of empty ones take neither time nor room."""
        self._skipping = False
        self._keeps_up = True
        self._ping: bytes | None = None
        """The latest to answer when the carrier reads again: one who never does cannot have us keep thousands."""
        self._code = _ABNORMAL

    @property
    def is_open(self) -> bool:
        """The upgrade was answered with 101."""
        return self._transport is not None

    def attach(self, leg: CarrierLeg) -> None:
        """Who hears what the carrier says."""
        self._leg = leg
        self._hear = leg.media_messages

    def send(self, data: bytes) -> None:
        """Send a text message; nothing happens once it is closed."""
        if self._transport is not None:
            self._transport.send(_TEXT, data)

    def gather(self, least_bytes: int) -> None:
        """Tell of nothing before so many bytes are there, or the carrier has closed."""
        if self._transport is not None:
            socket = self._transport.underlying_transport.get_extra_info("socket")
            socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVLOWAT, least_bytes)

    def close(self, code: int) -> None:
        """Close it, politely and without waiting."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.send_close(WSCloseCode(code))
            transport.disconnect()
            # A connection that is dead never takes the goodbye.
            asyncio.get_running_loop().call_later(_LINGER_S, drop, transport)

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Picows has answered the upgrade."""
        self._on_open()
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """One frame; a whole text message nearly always."""
        if frame.msg_type == _TEXT and frame.fin:
            self._messages.append(frame.get_payload_as_bytes())
            if frame.last_in_buffer:
                self._tell()
        else:
            self._tell()
            self._take_other(transport, frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The connection is gone, whoever closed it."""
        self._on_gone()
        self._transport = None
        self._tell()
        leg, self._leg, self._hear = self._leg, None, None
        if leg is None:
            return
        if _refused_as_too_big(transport):
            leg.media_unwanted(MessageFault.TOO_LARGE)
        leg.media_closed(self._code)

    def pause_writing(self) -> None:
        """The carrier does not keep up."""
        self._keeps_up = False
        if self._leg is not None:
            self._leg.media_writable(writable=False)

    def resume_writing(self) -> None:
        """The carrier keeps up again."""
        self._keeps_up = True
        ping, self._ping = self._ping, None
        if ping is not None and self._transport is not None:
            self._transport.send_pong(ping)
        if self._leg is not None:
            self._leg.media_writable(writable=True)

    def _tell(self) -> None:
        messages, self._messages = self._messages, []
        if messages and self._hear is not None:
            self._hear(messages)

    def _take_other(self, transport: WSTransport, frame: WSFrame) -> None:
        match frame.msg_type:
            case WSMsgType.TEXT | WSMsgType.CONTINUATION:
                self._take_fragment(frame)
            case WSMsgType.BINARY:
                # The carriers speak JSON text. Its continuations, if any, are skipped with it.
                self._skipping = not frame.fin
                self._unwanted(MessageFault.BINARY)
            case WSMsgType.PING if self._keeps_up:
                transport.send_pong(frame.get_payload_as_bytes())
            case WSMsgType.PING:
                self._ping = frame.get_payload_as_bytes()
            case WSMsgType.CLOSE:
                code = frame.get_close_code()
                self._code = close_code(code) or _ABNORMAL
                if not transport.is_close_frame_sent:
                    transport.send_close(code if frame.payload_size else WSCloseCode.OK)
                transport.disconnect()
            case _:
                pass

    def _take_fragment(self, frame: WSFrame) -> None:
        if self._skipping:
            self._skipping = not frame.fin
            return
        self._fragments += frame.get_payload_as_memoryview()
        if len(self._fragments) > MAX_MESSAGE_BYTES:
            self._fragments.clear()
            self._skipping = not frame.fin
            self._unwanted(MessageFault.TOO_LARGE)
        elif frame.fin:
            message = bytes(self._fragments)
            self._fragments.clear()
            if self._leg is not None:
                self._leg.media_messages([message])

    def _unwanted(self, fault: MessageFault) -> None:
        if self._leg is not None:
            self._leg.media_unwanted(fault)


def hand_over(transport: asyncio.Transport, key: str, socket: MediaSocket) -> None:
    """Give picows a transport on which an upgrade was asked for, with this `Sec-WebSocket-Key`, and is now granted.

    The socket is open afterwards, or the key was none and the connection is closed.
    """
    policy = EnginePolicy(MAX_MESSAGE_BYTES, idle_ping_s=_IDLE_S, answers_pings=False)
    protocol = engine(lambda: socket, policy, _logger, None)
    transport.set_write_buffer_limits(high=_UNSENT_BYTES)
    transport.get_extra_info("socket").setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NOTSENT_LOWAT, _UNSENT_BYTES)
    protocol.connection_made(transport)
    feed(protocol, _UPGRADE % key.encode("latin-1"))
    take_over(transport, protocol)
    transport.resume_reading()


def _refused_as_too_big(transport: WSTransport) -> bool:
    """A frame was beyond the limit, for which picows ends the connection."""
    # None until a close frame was sent or received, whatever the stub says.
    handshake: WSCloseHandshake | None = transport.close_handshake
    sent = handshake.sent if handshake is not None else None
    return sent is not None and sent.code == WSCloseCode.MESSAGE_TOO_BIG
