"""Reads an HTTP request as far as a webhook needs it, and no further."""

import asyncio
import re
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.requests import ClientDisconnect, Request

from gateway.carriers.base import WebhookRequest
from gateway.errors import WebhookError

BODY_LIMIT_BYTES = 64 * 1024
"""A carrier's webhooks are a few kilobytes; more is none."""

BODY_S = 10.0
"""For the whole body: as long as a carrier waits for our answer to it, nearly."""

Networks = tuple[IPv4Network | IPv6Network, ...]

_HOP = re.compile(r"\[([^]]*)\](?::[0-9]+)?|([^:]*):[0-9]+")
"""An address with its port, as some proxies write it (Azure's do): an IPv6 one in brackets."""


class BodyTooLargeError(Exception):
    """More was sent than any webhook has."""


def networks(cidrs: tuple[str, ...]) -> Networks:
    """The networks whose word about whom they speak for is believed."""
    return tuple(ip_network(cidr, strict=False) for cidr in cidrs)


def client_ip(peer: str, forwarded_for: str, trusted: Networks) -> str:
    """Who is at the other end: the last address in the chain that no trusted proxy vouches for."""
    chain = [_without_port(hop.strip()) for hop in forwarded_for.split(",") if hop.strip()]
    address = peer
    while chain and is_in(address, trusted):
        address = chain.pop()
    return address


def is_in(address: str, among: Networks) -> bool:
    """Whether an address, if it is one, belongs to one of the networks."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped  # how a dual-stack listener names an IPv4 peer
    return any(parsed in network for network in among)


def _without_port(hop: str) -> str:
    found = _HOP.fullmatch(hop)
    return found[1] or found[2] or "" if found else hop


async def read_webhook(request: Request, public_url: str, trusted: Networks) -> WebhookRequest:
    """The request as the carrier made it: our own URL, whatever a proxy has made of it.

    Raises:
        BodyTooLargeError: it is more than 64 KiB.
        WebhookError: its body did not come, or not in time.
    """
    query = request.scope["query_string"].decode("latin-1")
    raw_path = request.scope.get("raw_path", b"").decode("latin-1") or request.url.path
    # A proxy may write a line of its own below those that came: only together they are the chain (RFC 9110 §5.3).
    forwarded_for = ", ".join(request.headers.getlist("x-forwarded-for"))
    return WebhookRequest(
        method=request.method,
        url=public_url + raw_path + (f"?{query}" if query else ""),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=await read_body(request),
        client_ip=client_ip(request.client.host if request.client else "", forwarded_for, trusted),
    )


async def read_body(request: Request, within_s: float = BODY_S, limit_bytes: int = BODY_LIMIT_BYTES) -> bytes:
    """The body, as it came.

    Raises:
        BodyTooLargeError: it is more than that.
        WebhookError: it did not come, or not in time.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(within_s):
            async for piece in request.stream():
                body += piece
                if len(body) > limit_bytes:
                    raise BodyTooLargeError
    except TimeoutError:
        raise WebhookError(f"the body took more than {within_s:g} s") from None
    except ClientDisconnect:
        raise WebhookError("the connection was lost before the body had come") from None
    return bytes(body)
