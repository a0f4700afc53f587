"""The session stream: a WebSocket client without a task or queue of its own.

`websockets` reads and writes the frames (RFC 6455); here is the socket, so that sending is a plain call and what
arrives is handed on within the event loop's callback.
"""

import asyncio
import socket
import ssl
from dataclasses import dataclass
from typing import Protocol, cast

from websockets.client import ClientProtocol
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State

from gateway.errors import KallglotUnavailableError
from gateway.kallglot.client import USER_AGENT, system_trust
from gateway.kallglot.upgrade import address, refused


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


class _Fragments:
    """Joins a fragmented message (RFC 6455 §5.4)."""

    def __init__(self) -> None:
        self._opcode = Opcode.TEXT
        self._data = bytearray()

    def add(self, frame: Frame) -> tuple[Opcode, bytes] | None:
        """The message that `frame` completes, if it does."""
        if frame.opcode is not Opcode.CONT:
            self._opcode = frame.opcode
        self._data += frame.data
        if not frame.fin:
            return None
        whole, self._data = bytes(self._data), bytearray()
        return self._opcode, whole


class KallglotStream(asyncio.Protocol):
    """An open session stream; `open_stream` makes them."""

    _transport: asyncio.Transport

    def __init__(self, protocol: ClientProtocol, policy: StreamPolicy) -> None:
        loop = asyncio.get_running_loop()
        self._protocol = protocol
        self._policy = policy
        self._listener: StreamListener | None = None
        self._fragments = _Fragments()
        self._answered: asyncio.Future[None] = loop.create_future()
        self._lost: asyncio.Future[None] = loop.create_future()
        self._close_timer: asyncio.TimerHandle | None = None

    @property
    def is_open(self) -> bool:
        """Whether what is sent now can arrive."""
        return self._protocol.state is State.OPEN and not self._transport.is_closing()

    @property
    def buffered_bytes(self) -> int:
        """Sent, but not yet taken by the operating system."""
        return self._transport.get_write_buffer_size()

    def send(self, data: bytes) -> bool:
        """Send a text message; False, and nothing sent, once the stream is closing."""
        if not self.is_open:
            return False
        self._protocol.send_text(data)
        self._flush()
        return True

    def close(self, code: int = CloseCode.NORMAL_CLOSURE) -> None:
        """Say goodbye, and drop the connection when that is answered or takes too long."""
        if self.is_open:
            self._protocol.send_close(code)
            self._flush()
            self._limit_closing()

    def abort(self) -> None:
        """Drop the connection, and what is still to be sent."""
        self._transport.abort()

    async def wait_closed(self) -> None:
        """Wait until the connection is gone."""
        await asyncio.shield(self._lost)

    async def handshake(self) -> Exception | None:
        """Wait for the answer to the upgrade; what was wrong with it, if something was."""
        try:
            await self._answered
        except asyncio.CancelledError:
            self.abort()
            raise
        return self._protocol.handshake_exc

    def attach(self, listener: StreamListener) -> None:
        """Hand to `listener` what has arrived since the upgrade, in a moment, and everything from then on."""
        self._listener = listener
        asyncio.get_running_loop().call_soon(self._proceed)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=self._policy.write_high_water_bytes)
        connection = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, self._policy.write_high_water_bytes)
        request = self._protocol.connect()
        request.headers["User-Agent"] = USER_AGENT
        self._protocol.send_request(request)
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        self._flush()
        self._limit_closing()
        self._proceed()

    def eof_received(self) -> None:
        self._protocol.receive_eof()
        self._flush()
        self._limit_closing()
        self._proceed()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's own signature
        self._protocol.receive_eof()
        if self._close_timer is not None:
            self._close_timer.cancel()
        self._lost.set_result(None)
        self._proceed()

    def pause_writing(self) -> None:
        self._tell_writable(writable=False)

    def resume_writing(self) -> None:
        self._tell_writable(writable=True)

    def _tell_writable(self, *, writable: bool) -> None:
        if self._listener is not None:
            self._listener.stream_writable(writable=writable)

    def _flush(self) -> None:
        """Send what the protocol has to say; an empty piece is its wish to end the connection."""
        for piece in self._protocol.data_to_send():
            if piece:
                self._transport.write(piece)
            else:
                self._transport.close()

    def _limit_closing(self) -> None:
        """Give the other side, once the stream is closing, no longer than it may take."""
        if self._close_timer is None and (self._protocol.close_expected() or self._transport.is_closing()):
            loop = asyncio.get_running_loop()
            self._close_timer = loop.call_later(self._policy.close_timeout_ms / 1000, self._transport.abort)

    def _proceed(self) -> None:
        if self._listener is not None:
            self._deliver(self._listener)
        elif not self._answered.done() and self._is_answered():
            self._answered.set_result(None)

    def _is_answered(self) -> bool:
        return self._protocol.state is not State.CONNECTING or self._protocol.handshake_exc is not None

    def _deliver(self, listener: StreamListener) -> None:
        for event in self._protocol.events_received():
            if not isinstance(event, Frame):
                continue  # the answer to the upgrade
            if event.opcode is Opcode.TEXT and event.fin:
                listener.stream_message(bytes(event.data))
            elif event.opcode <= Opcode.BINARY and (whole := self._fragments.add(event)):
                opcode, data = whole
                if opcode is Opcode.TEXT:
                    listener.stream_message(data)
                else:
                    listener.stream_binary(len(data))
        closed = self._closed_with()
        if closed is not None:
            self._listener = None
            code, reason = closed
            listener.stream_closed(int(code), reason)

    def _closed_with(self) -> tuple[int, str] | None:
        protocol = self._protocol
        if protocol.state is State.OPEN:
            return None
        if protocol.close_rcvd is not None:
            return protocol.close_rcvd.code, protocol.close_rcvd.reason
        if protocol.close_sent is not None and protocol.parser_exc and not isinstance(protocol.parser_exc, EOFError):
            return protocol.close_sent.code, protocol.close_sent.reason
        return (CloseCode.ABNORMAL_CLOSURE, "") if protocol.state is State.CLOSED else None


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
    protocol = ClientProtocol(uri, max_size=policy.max_message_bytes)
    protocol.debug = False  # websockets would log the request line at that level, and the token is in it
    tls = (trust or system_trust()) if uri.secure else None
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(policy.open_timeout_ms / 1000):
            _, stream = await loop.create_connection(
                lambda: KallglotStream(protocol, policy), uri.host, uri.port, ssl=tls
            )
            fault = await stream.handshake()
    except TimeoutError as exc:
        message = f"{uri.host} did not open the stream within {policy.open_timeout_ms} ms"
        raise KallglotUnavailableError("timeout", message) from exc
    except (OSError, UnicodeError) as exc:  # UnicodeError: a host that is no name
        raise KallglotUnavailableError("unreachable", f"{uri.host}:{uri.port}: {exc}") from exc
    if fault is not None:
        stream.abort()
        raise refused(fault, uri.host, token) from None  # its causes quote what was received, the token perhaps
    stream.attach(listener)
    return stream
