"""HTTP connections of the public listener: how many from whom, how much and how long before a request makes sense.

uvicorn's protocol takes heads of any size and waits for them for ever; what this relies on in it is pinned by
`tests/web/test_http.py`. Bodies are bounded where they are read, in `requests`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.web.errors import raw_error
from gateway.web.visitors import Visit, Visitors


@dataclass(frozen=True, slots=True)
class HeadPolicy:
    """What a request's head may take."""

    max_bytes: int = 64 * 1024
    """Request line and headers. Carriers send about 2 KiB, all the parameters of a GET included."""
    within_s: float = 10.0
    """From the connection, or from a later request's first byte, to the empty line."""
    most_waiting: int = 10
    """Requests behind one that is being answered. Carriers and proxies wait for each answer; uvicorn keeps whatever is
    sent ahead, some KiB for each of its twenty bytes, for as long as nobody reads the answers."""


class _TooMuchError(Exception):
    """Raised inside the parser, which then reports a broken request."""


class GuardedProtocol(HttpToolsProtocol):
    """One connection. Once upgraded it is the media socket's, and its `visit` with it."""

    def __init__(self, visitors: Visitors, policy: HeadPolicy, **uvicorn: Any) -> None:
        super().__init__(**uvicorn)
        self._visitors = visitors
        self._policy = policy
        self._visit: Visit | None = None
        self._loose_bytes = 0
        """Taken in of a head, or of trailers, or of whatever else is no body yet."""
        self._moved_on = False
        self._is_complete = True
        """The request whose head came in last is in, its body too."""
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self._visit = self._visitors.enter(str(peer[0]) if peer else "")
        if self._visit is None:
            self._refuse(503, "too_many_connections", "too many connections from this address")
            return
        upgrade: Any = self.ws_protocol_class
        self.ws_protocol_class = partial(upgrade, visit=self._visit)  # type: ignore[assignment]  # it is only called
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_head()
        if self._visit is not None:
            self._visit.leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        before, self._moved_on = self._loose_bytes, False
        super().data_received(data)
        # The parser tells of a header when it is complete: one without an end is seen by what came in.
        if not self._moved_on:
            self._loose_bytes = before + len(data)
            if self._loose_bytes > self._policy.max_bytes:
                self._refuse_head()

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= self._policy.most_waiting:
            # Without a word, which would be taken for the answer to the first, and without waiting until that is read.
            self.transport.abort()
            raise _TooMuchError
        if self.cycle is not None:
            self._move_on()
        self._expect_head()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + len(b": \r\n"))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._move_on()
        self._is_complete = False
        self._forget_head()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._move_on()
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._is_complete = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete and not self._is_complete:
            # Answered before it was told: the rest of it interests nobody.
            self.transport.close()

    def handle_websocket_upgrade(self) -> None:
        super().handle_websocket_upgrade()
        # The parser and this hold each other: they would be left to the garbage collector, when the call is long old.
        self.parser = None  # type: ignore[assignment]  # as uvicorn does when a connection is lost

    def send_400_response(self, msg: str) -> None:
        if self.transport.is_closing():
            return
        if self._loose_bytes > self._policy.max_bytes:
            self._refuse_head()
        else:
            super().send_400_response(msg)

    def _count(self, size: int) -> None:
        self._loose_bytes += size
        if self._loose_bytes > self._policy.max_bytes:
            raise _TooMuchError

    def _move_on(self) -> None:
        self._loose_bytes = 0
        self._moved_on = True

    def _expect_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self._policy.within_s, self._too_slow)

    def _forget_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _too_slow(self) -> None:
        if not self._loose_bytes:
            # Not a byte: nobody waits for an answer, and one might be taken for that to a request on its way.
            self.transport.close()
        else:
            self._refuse(408, "request_timeout", "the request's head took too long")

    def _refuse_head(self) -> None:
        kib = self._policy.max_bytes // 1024
        self._refuse(431, "headers_too_large", f"request line and headers are more than {kib} KiB")

    def _refuse(self, status: int, code: str, message: str) -> None:
        self._forget_head()
        if not self.transport.is_closing():
            self.transport.write(raw_error(status, code, message))
            self.transport.close()


def guarded_protocol(visitors: Visitors, policy: HeadPolicy) -> Callable[..., GuardedProtocol]:
    """What uvicorn's `http=` takes."""
    return partial(GuardedProtocol, visitors, policy)
