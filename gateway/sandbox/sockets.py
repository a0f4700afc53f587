"""One open stream socket, on picows: it costs a fraction of an ASGI socket's CPU, and load is what it is for."""

from collections.abc import Callable

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport

from gateway.sandbox.journal import SocketId

MAX_MESSAGE_BYTES = 1_048_576
"""The largest stream message: 98 s of μ-law in base64, far above the 100–200 ms that are asked for."""

UNSENT_BYTES = 8 * 1_048_576
"""What may wait for a client that reads slowly: some ten minutes of audio sent in a burst. It is cut off then."""

Received = Callable[[bytes | None], None]
"""Takes a text message, or None for a binary one."""


class StreamSocket(WSListener):
    """A socket that picows has opened; its owner is told of messages and, once, of its end."""

    def __init__(self, socket_id: SocketId, received: Received, gone: Callable[[], None]) -> None:
        super().__init__()
        self.id = socket_id
        self._received = received
        self._gone = gone
        self._transport: WSTransport | None = None
        self._fragments = bytearray()
        self._binary = False

    @property
    def is_open(self) -> bool:
        """The upgrade was answered, and nobody has closed it yet."""
        return self._transport is not None

    def send(self, text: bytes) -> None:
        """Send a message; nothing happens once it is closed."""
        if self._transport is not None:
            self._transport.send(WSMsgType.TEXT, text)

    def close(self, code: int = 1000) -> None:
        """Close after what was sent before."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.send_close(WSCloseCode(code))
            transport.disconnect()

    def cut(self) -> None:
        """Drop the connection without a word."""
        if self._transport is not None:
            self._transport.underlying_transport.abort()

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Picows has answered the upgrade."""
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """One frame; a whole text message nearly always."""
        if frame.msg_type == WSMsgType.TEXT and frame.fin:
            self._received(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            if not transport.is_close_frame_sent:
                transport.send_close(frame.get_close_code() if frame.payload_size else WSCloseCode.OK)
            transport.disconnect()
        elif frame.msg_type in {WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION}:
            self._take_part(frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002  there is but one
        """The connection is gone, whoever closed it."""
        self._transport = None
        self._gone()

    def pause_writing(self) -> None:
        """The client has not read for long."""
        self.cut()

    def _take_part(self, frame: WSFrame) -> None:
        if frame.msg_type != WSMsgType.CONTINUATION:
            self._binary = frame.msg_type == WSMsgType.BINARY
        self._fragments += frame.get_payload_as_memoryview()
        if len(self._fragments) > MAX_MESSAGE_BYTES:
            self._fragments.clear()
            self.close(1009)
        elif frame.fin:
            message = bytes(self._fragments)
            self._fragments.clear()
            self._received(None if self._binary else message)
