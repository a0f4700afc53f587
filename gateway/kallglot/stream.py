"""The session stream: a WebSocket client without a task or queue of its own.

picows reads and writes the frames (RFC 6455), so that sending is a plain call and what arrives is handed on within the
event loop's callback.
"""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from picows import WSProtocolError
from picows.picows import WSCloseCode, WSCloseHandshake, WSFrame, WSListener, WSMsgType, WSTransport

from gateway.engine import EnginePolicy, close_code, drop
from gateway.errors import KallglotUnavailableError
from gateway.kallglot.client import system_trust
from gateway.kallglot.opening import Opening, SendPolicy
from gateway.kallglot.upgrade import address, refused

_ABNORMAL = 1006
"""Close code of a connection that was lost (RFC 6455 §7.1.5)."""

_NO_CODE = 1005
"""And of a close frame without one."""

_TEXT = WSMsgType.TEXT  # an enum's members are slow to look up, and this one is needed with every message
_DATA = (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION)


@dataclass(frozen=True, slots=True)
class StreamPolicy:
    """How patient a stream is, and how much it takes."""

    open_timeout_ms: int = 5000
    """From name resolution to the answered upgrade."""
    max_message_bytes: int = 1 << 20
    """A longer message ends the stream with close code 1009; 1 MiB is 98 s of μ-law in base64."""
    ping_interval_ms: int = 20_000
    """How often whoever holds the stream sends Kallglot's `ping`; it asks for one "occasionally"."""
    close_timeout_ms: int = 1000
    """How long the other side has to close its end before the connection is dropped."""
    write_high_water_bytes: int = 16 << 10
    """Unsent bytes, here and again in the kernel, beyond which the stream is not writable: more than a second of audio
    each. What was said earlier would only delay what is said now, and the kernel by itself would hold minutes."""
    unacknowledged_ms: int = 10_000
    """What was sent and is not taken for so long: the connection is dead. Audio goes out ten times a second, so a
    Kallglot that has vanished is found long before pings are missed, and meanwhile its caller is in silence."""


class StreamListener(Protocol):
    """Is handed what arrives; called by the event loop, and not before `open_stream` has returned."""

    def stream_message(self, data: bytes) -> None:
        """A whole text message, fragments joined; not checked to be UTF-8."""
        ...

    def stream_binary(self, size: int) -> None:
        """A binary message, which Kallglot documents none of, was thrown away."""
        ...

    def stream_closed(self, code: int, reason: str) -> None:
        """The stream is over; comes exactly once, and nothing comes after it.

        `code` is the other side's close code (RFC 6455 §7.4), our own where it broke the protocol (1002, 1007,
        1009), and 1006 where the connection was lost.
        """
        ...

    def stream_writable(self, *, writable: bool) -> None:
        """More is waiting to be sent than should be, or no longer is."""
        ...


class KallglotStream(WSListener):
    """An open session stream; `open_stream` makes them."""

    def __init__(self, listener: StreamListener, policy: StreamPolicy) -> None:
        super().__init__()
        self._listener: StreamListener | None = listener
        self._policy = policy
        self._transport: WSTransport | None = None
        self._joined: bytearray | None = None
        """What has come of a fragmented message; None between messages."""
        self._is_text = True
        self._closing = False
        self._verdict: asyncio.Task[None] | None = None
        self._lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def is_open(self) -> bool:
        """Whether what is sent now can arrive."""
        return self._transport is not None and not self._closing

    def send(self, data: bytes) -> bool:
        """Send a text message; False, and nothing sent, once the stream is closing."""
        if self._transport is None or self._closing:
            return False
        self._transport.send(_TEXT, data)
        return True

    def close(self, code: int = 1000) -> None:
        """Say goodbye, and drop the connection when that is answered or takes too long."""
        if self._transport is not None and not self._closing:
            self._transport.send_close(WSCloseCode(code))
            self._end(self._transport)

    def abort(self) -> None:
        """Drop the connection, and what is still to be sent."""
        self._closing = True
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    async def wait_closed(self) -> None:
        """Wait until the connection is gone."""
        await asyncio.shield(self._lost)

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The upgrade is done."""
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """One frame; a whole text message nearly always."""
        if self._listener is None or (transport.is_close_frame_sent and not self._closing):
            pass  # the engine has broken off, for what was received: on_ws_disconnected follows
        elif frame.msg_type == _TEXT and frame.fin and self._joined is None:
            self._listener.stream_message(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            self._close_received(transport, frame)
        elif frame.msg_type in _DATA:
            self._take_fragment(transport, frame, self._listener)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The connection is gone, whoever closed it."""
        handshake = _close_handshake(transport)
        # What was sent without our closing is the engine's verdict on what was received.
        sent = handshake.sent if handshake is not None and not self._closing else None
        self._transport = None
        self._lost.set_result(None)
        if sent is not None:
            self._verdict = asyncio.get_running_loop().create_task(_take_verdict(transport))
            self._tell_closed(close_code(sent.code), sent.reason)
        self._tell_closed(_ABNORMAL, "")

    def pause_writing(self) -> None:
        """Kallglot does not keep up."""
        if self._listener is not None:
            self._listener.stream_writable(writable=False)

    def resume_writing(self) -> None:
        """Kallglot keeps up again."""
        if self._listener is not None:
            self._listener.stream_writable(writable=True)

    def _take_fragment(self, transport: WSTransport, frame: WSFrame, listener: StreamListener) -> None:
        """Join a fragmented message (RFC 6455 §5.4); a binary one only to measure it."""
        is_continued = frame.msg_type == WSMsgType.CONTINUATION
        if is_continued != (self._joined is not None):
            self._break_off(transport, WSCloseCode.PROTOCOL_ERROR, "fragment out of turn")
            return
        if self._joined is None:
            self._is_text, self._joined = frame.msg_type == WSMsgType.TEXT, bytearray()
        # Joined as they come: a proxy may have made thousands of one message.
        self._joined += frame.get_payload_as_memoryview()
        if len(self._joined) > self._policy.max_message_bytes:
            self._break_off(transport, WSCloseCode.MESSAGE_TOO_BIG, "message too big")
        elif frame.fin:
            whole, self._joined = bytes(self._joined), None
            if self._is_text:
                listener.stream_message(whole)
            else:
                listener.stream_binary(len(whole))

    def _break_off(self, transport: WSTransport, code: WSCloseCode, why: str) -> None:
        transport.send_close(code, why)
        self._end(transport)
        self._tell_closed(close_code(code), why)

    def _close_received(self, transport: WSTransport, frame: WSFrame) -> None:
        code = frame.get_close_code()
        if not self._closing:
            transport.send_close(code if frame.payload_size else WSCloseCode.OK)
            self._end(transport)
        transport.disconnect()
        self._tell_closed(close_code(code), frame.get_close_reason() or "")

    def _end(self, transport: WSTransport) -> None:
        """Give the other side, now that the stream is closing, no longer than it may take."""
        self._closing = True
        loop = asyncio.get_running_loop()
        loop.call_later(self._policy.close_timeout_ms / 1000, drop, transport)

    def _tell_closed(self, code: int, reason: str) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.stream_closed(code or _NO_CODE, reason)


async def _take_verdict(transport: WSTransport) -> None:
    # Else asyncio would report the engine's exception as one that nobody has seen.
    with suppress(WSProtocolError):
        await transport.wait_disconnected()


def _close_handshake(transport: WSTransport) -> WSCloseHandshake | None:
    # None until a close frame was sent or received, whatever the stub says.
    handshake: WSCloseHandshake | None = transport.close_handshake
    return handshake


async def open_stream(
    url: str,
    token: str,
    listener: StreamListener,
    policy: StreamPolicy,
    *,
    trust: ssl.SSLContext | None = None,
) -> KallglotStream:
    """Open a session's stream; `trust` stands in for the system's authorities.

    Whatever arrives, from `session.ready` to the end, is handed to `listener` only after this has returned.

    Raises:
        KallglotError: Kallglot refused it, or answered what is no WebSocket.
        KallglotUnavailableError: it did not answer in time, or said that it cannot now.
    """
    uri = address(url, token)
    stream = KallglotStream(listener, policy)
    sending = SendPolicy(policy.write_high_water_bytes, policy.unacknowledged_ms)
    opening = Opening(uri, stream, EnginePolicy(policy.max_message_bytes), sending)
    tls = (trust or system_trust()) if uri.secure else None
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(policy.open_timeout_ms / 1000):
            await loop.create_connection(lambda: opening, uri.host, uri.port, ssl=tls)
            fault = await opening.outcome()
    except TimeoutError as exc:
        message = f"{uri.host} did not open the stream within {policy.open_timeout_ms} ms"
        raise KallglotUnavailableError("timeout", message) from exc
    except (OSError, UnicodeError) as exc:  # UnicodeError: a host that is no name
        raise KallglotUnavailableError("unreachable", f"{uri.host}:{uri.port}: {exc}") from exc
    if fault is not None:
        raise refused(fault, uri.host, token) from None  # its causes quote what was received, the token perhaps
    loop.call_soon(opening.proceed)
    return stream
