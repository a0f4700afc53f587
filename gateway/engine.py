"""picows as a WebSocket engine for connections whose upgrade somebody else reads or answers.

picows' own `ws_connect` and `ws_create_server` open connections by themselves. Ours come from uvicorn's port, where it
is decided first who may come in, and from an opening that has to say precisely why Kallglot refused it. What is used
here of `WSProtocol` is pinned by `tests/test_engine.py`.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from logging import Logger

from picows import WSAutoPingStrategy, WSCloseCode, WSListener, WSTransport
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # not in its stub; pinned by version

_NOBODY = asyncio.Protocol()


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What a client asks for: `GET {resource}` of `host`."""

    host: str
    resource: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EnginePolicy:
    """What an engine takes, and when it asks whether anybody is still there."""

    max_frame_bytes: int
    """A longer frame ends the connection with close code 1009."""
    read_buffer_bytes: int = 4 * 1024
    """To begin with; it grows."""
    idle_ping_s: float | None = None
    """Without data for so long the other side is pinged, and dropped after as long again; None: never."""
    answers_pings: bool = True
    """Whether pings are answered at once, however many there are; else the listener is told of them."""


def engine(listener: Callable[[], WSListener], policy: EnginePolicy, log: Logger, ask: Upgrade | None) -> WSProtocol:
    """A protocol for a connected transport: a client that asks for `ask`, or a server, None, that answers.

    `listener` is called once the upgrade has succeeded.
    """
    idle_s = policy.idle_ping_s
    return WSProtocol(
        ask.host if ask is not None else None,
        ask.resource if ask is not None else None,
        ask is not None,
        listener if ask is not None else lambda _request: listener(),
        log,
        True,  # noqa: FBT003 - picows takes its options by position: an exception of the listener's ends the connection
        None,
        idle_s is not None,
        idle_s or 0,
        idle_s or 0,
        WSAutoPingStrategy.PING_WHEN_IDLE,
        policy.answers_pings,
        policy.max_frame_bytes,
        ask.headers if ask is not None else None,
        policy.read_buffer_bytes,
    )


def take_over(transport: asyncio.Transport, protocol: WSProtocol) -> None:
    """The engine reads from now on.

    Beside a protocol with a buffer uvloop keeps the last one without: let it be nobody's, and not what was needed for
    the upgrade alone.
    """
    transport.set_protocol(_NOBODY)
    transport.set_protocol(protocol)


def feed(protocol: WSProtocol, data: bytes) -> None:
    """Hand over what has been read from the transport already."""
    while data:
        buffer = protocol.get_buffer(-1)
        taken = min(len(buffer), len(data))
        buffer[:taken] = data[:taken]
        protocol.buffer_updated(taken)
        data = data[taken:]


def drop(transport: WSTransport) -> None:
    """End the connection at once, whatever is still to be sent."""
    transport.disconnect(graceful=False)


def close_code(code: WSCloseCode) -> int:
    """The number on the wire (RFC 6455 §7.4); 0 where there was none."""
    return int(code.value)
