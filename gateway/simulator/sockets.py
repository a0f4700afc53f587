"""Opens a media socket the way a carrier does, or tells why it cannot be had."""

import asyncio
import socket
import ssl
from collections.abc import Mapping, Sequence
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI

from gateway.simulator.addresses import Addresses
from gateway.simulator.dialect import DialFailure

_CONNECT_TIMEOUT_S = 5.0
"""Seconds for the connection and its handshake."""
_CLOSE_TIMEOUT_S = 2.0
"""Seconds that a gateway has to answer a close."""
CONGESTED_BYTES = 256 * 1024
"""What waits to be read by the gateway before a carrier discards audio; Twilio does (31930), at an unknown length."""
VIOLATIONS = frozenset({1002, 1003, 1007, 1009})
"""Close codes with which the carrier ends a connection whose frames it cannot accept."""
_FAILURES: tuple[tuple[type[Exception], DialFailure], ...] = (
    (InvalidHandshake, DialFailure.HANDSHAKE),
    (TimeoutError, DialFailure.TIMEOUT),
    (ssl.SSLError, DialFailure.TLS),
    (OSError, DialFailure.REFUSED),
    (InvalidURI, DialFailure.MALFORMED_URL),
    (ValueError, DialFailure.MALFORMED_URL),
)
"""The narrower class first: time-outs and TLS errors are `OSError`s, and a certificate error is a `ValueError` too."""


def may_dial(addresses: Addresses, url: str) -> bool:
    """Whether the scheme is right.

    A carrier that reaches us over https takes media over wss only; on plain loopback there is no certificate.
    """
    return url.startswith(("wss:",) if addresses.public_url.startswith("https:") else ("wss:", "ws:"))


def failure_of(exc: Exception) -> DialFailure:
    """What the carriers tell apart."""
    return next(failure for kind, failure in _FAILURES if isinstance(exc, kind))


class _Handshake(connect):
    """Follows no redirection: whatever is not 101 is an error of the handshake (31920)."""

    def process_redirect(self, exc: Exception) -> Exception:
        """Of a handshake that failed: the failure, as there is nowhere to go on."""
        return exc


async def dial(
    addresses: Addresses, url: str, headers: Mapping[str, str]
) -> ClientConnection | tuple[DialFailure, int]:
    """The open socket, or what failed and the HTTP status, 0 where there was none."""
    if not may_dial(addresses, url):
        return DialFailure.SCHEME, 0
    try:
        address = addresses.socket(url)
        return await _Handshake(
            address.uri,
            host=address.host,
            port=address.port,
            additional_headers=headers,
            user_agent_header=None,
            compression=None,
            proxy=None,
            ping_interval=None,
            open_timeout=_CONNECT_TIMEOUT_S,
            close_timeout=_CLOSE_TIMEOUT_S,
            write_limit=2 * CONGESTED_BYTES,  # audio is discarded before anybody has to wait
        )
    except InvalidStatus as exc:
        return DialFailure.HANDSHAKE, exc.response.status_code
    except (InvalidHandshake, InvalidURI, ValueError, OSError) as exc:
        return failure_of(exc), 0


async def connect_first(addresses: Sequence[tuple[int, tuple[Any, ...]]]) -> socket.socket:
    """Connected to the first of these (family, address) that answers: a name may have several, as `localhost` has.

    Raises:
        OSError: none of them does; it is the last one's.
    """
    failure = OSError("no address")
    for family, address in addresses:
        try:
            return await _connected(family, address)
        except OSError as exc:
            failure = exc
    raise failure


async def _connected(family: int, address: tuple[Any, ...]) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setblocking(False)  # noqa: FBT003 - the standard library's signature
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(opened, address)
    except BaseException:
        opened.close()
        raise
    return opened
