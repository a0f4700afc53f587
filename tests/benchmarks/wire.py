"""WebSockets on bare sockets: a thousand of them cost one process little.

A load generator that takes as much CPU as what it loads measures itself. So nothing here waits for a single socket:
whatever has come is read at the next tick, and the kernel has noted when it came. Messages that nobody looks into are
counted by their frames' heads. Wire reference: RFC 6455.
"""

import socket
import ssl
import struct
import time
from contextlib import suppress
from functools import cache
from typing import Protocol

SO_TIMESTAMPNS = 35
"""Linux' asm-generic/socket.h; CPython has no name for it."""
_STAMP = struct.Struct("=qq")
_READ_BYTES = 32 * 1024
_END_OF_HEAD = b"\r\n\r\n"
_NO_MASK = b"\x00\x00\x00\x00"
"""Whoever connects has to mask what it sends; by this key it stays as it was written."""
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class Listener(Protocol):
    """Whose wire it is."""

    def head(self, head: bytes) -> None:
        """The first thing that came: an HTTP request or its answer, with the blank line."""
        ...

    def received(self, text: bytes, at_ns: int) -> None:
        """A text message, and when it came, Unix time; 0 where nobody asked for it."""
        ...

    def lost(self) -> None:
        """Nothing more will come."""
        ...


class Wire:
    """One connection."""

    __slots__ = (
        "_at_ns",
        "_has_head",
        "_is_over",
        "_listener",
        "_mask",
        "_rest",
        "_sock",
        "_stamps",
        "_tls",
        "_unsent",
        "skipped",
        "skips_above",
    )

    def __init__(self, sock: socket.socket, listener: Listener, *, connects: bool, tls: "Tls | None" = None) -> None:
        """`connects`: it was opened from here, and not accepted."""
        sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        self._listener = listener
        self._mask = _NO_MASK if connects else b""
        self._tls = tls
        self._rest = b""
        self._unsent = b""
        self._has_head = False
        self._is_over = False
        self._stamps = False
        self._at_ns = 0
        self.skips_above: int | None = None
        """Bytes from which on a message is only counted; None: none is."""
        self.skipped = 0
        """So many."""

    def fileno(self) -> int:
        """The socket's."""
        return self._sock.fileno()

    def note_times(self) -> None:
        """From now on the kernel notes when something comes; what it did not note came when it was read."""
        self._sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._stamps = True

    def send(self, text: bytes) -> None:
        """A text message."""
        self._send_frame(_TEXT, text)

    def write(self, data: bytes) -> None:
        """Bytes as they are; what the kernel has no room for goes out with what is sent next."""
        if self._is_over:
            return
        if self._tls is not None:
            data = self._tls.sealed(data)
        if self._unsent:
            data = self._unsent + data
        try:
            sent = self._sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            sent = len(data)  # gone; what was received last says so
        self._unsent = data[sent:] if sent < len(data) else b""

    def read(self) -> None:
        """Take what has come."""
        while not self._is_over:
            try:
                data = self._receive()
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self.close()
                return
            whole = len(data) == _READ_BYTES
            if self._tls is not None:
                data, answer = self._tls.opened(data)
                if answer:
                    self._sock.send(answer)
            self._take(self._rest + data if self._rest else data)
            if not whole:
                return

    def close(self) -> None:
        """Drop the connection."""
        if not self._is_over:
            self._is_over = True
            self._sock.close()
            self._listener.lost()

    def _receive(self) -> bytes:
        if not self._stamps:
            return self._sock.recv(_READ_BYTES)
        data, noted, _, _ = self._sock.recvmsg(_READ_BYTES, 64)
        at_ns = 0
        for _, _, value in noted:
            seconds, ns = _STAMP.unpack(value)
            at_ns = seconds * 1_000_000_000 + ns
        # Linux begins to note some time after it was first asked to, and not at all in some sandboxes.
        self._at_ns = at_ns or time.time_ns()
        return data

    def _take(self, data: bytes) -> None:
        if not self._has_head:
            head, end, data = data.partition(_END_OF_HEAD)
            if not end:
                self._rest = head
                return
            self._has_head = True
            self._listener.head(head + end)
        at, end_at = 0, len(data)
        while end_at - at >= 2 and not self._is_over:
            start, size, mask = _measured(data, at)
            if start + size > end_at:
                break
            if self.skips_above is not None and size > self.skips_above:
                self.skipped += 1
            else:
                payload = data[start : start + size]
                self._frame(data[at] & 15, unmasked(payload, mask) if mask else payload)
            at = start + size
        self._rest = data[at:]

    def _frame(self, opcode: int, payload: bytes) -> None:
        if opcode == _TEXT:
            self._listener.received(payload, self._at_ns)
        elif opcode == _PING:
            self._send_frame(_PONG, payload)
        elif opcode == _CLOSE:
            self._send_frame(_CLOSE, payload)
            self.close()

    def _send_frame(self, opcode: int, payload: bytes) -> None:
        self.write(_head(opcode, len(payload), self._mask) + payload)


class Tls:
    """The far side of a TLS connection, between a socket's bytes and a wire's."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._is_open = False

    def sealed(self, data: bytes) -> bytes:
        """What to write to the socket."""
        self._tls.write(data)
        return self._outgoing.read()

    def opened(self, data: bytes) -> tuple[bytes, bytes]:
        """What was in it, and what the handshake has to answer."""
        self._incoming.write(data)
        plain = []
        with suppress(ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            if not self._is_open:
                self._tls.do_handshake()
                self._is_open = True
            while piece := self._tls.read(_READ_BYTES):
                plain.append(piece)
        return b"".join(plain), self._outgoing.read()


def unmasked(payload: bytes, mask: bytes) -> bytes:
    """What was written before it was masked."""
    size = len(payload)
    key = int.from_bytes((mask * (size // 4 + 1))[:size], "little")
    return (int.from_bytes(payload, "little") ^ key).to_bytes(size, "little")


@cache
def _head(opcode: int, size: int, mask: bytes) -> bytes:
    """A frame's; no message here is as long as 64 KiB, and most are of few lengths."""
    bit = 128 if mask else 0
    head = bytes((128 | opcode, bit | size)) if size < 126 else struct.pack("!BBH", 128 | opcode, bit | 126, size)
    return head + mask


def _measured(data: bytes, at: int) -> tuple[int, int, bytes]:
    """Where a frame's payload begins, its size, and what it is masked by; beyond the data where its head is cut."""
    size = data[at + 1] & 127
    start = at + 2
    if size == 126:
        size, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
    elif size == 127:
        size, start = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
    if data[at + 1] & 128:
        start += 4
        return start, size, data[start - 4 : start]
    return start, size, b""
