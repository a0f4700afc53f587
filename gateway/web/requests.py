"""Reads an HTTP request as far as a webhook needs it, and no further."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.requests import Request

from gateway.carriers.base import WebhookRequest

BODY_LIMIT_BYTES = 64 * 1024
"""Webhooks are a few kilobytes; more is nobody's webhook."""

Networks = tuple[IPv4Network | IPv6Network, ...]


class BodyTooLargeError(Exception):
    """More was sent than any webhook has."""


def networks(cidrs: tuple[str, ...]) -> Networks:
    """The networks whose word about whom they speak for is believed."""
    return tuple(ip_network(cidr, strict=False) for cidr in cidrs)


def client_ip(peer: str, forwarded_for: str, trusted: Networks) -> str:
    """Who is at the other end: the last address in the chain that no trusted proxy vouches for."""
    chain = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    address = peer
    while chain and _is_in(address, trusted):
        address = chain.pop()
    return address


def _is_in(address: str, trusted: Networks) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in trusted)


async def read_webhook(request: Request, public_url: str, trusted: Networks) -> WebhookRequest:
    """The request as the carrier made it: our own URL, whatever a proxy has made of it.

    Raises:
        BodyTooLargeError: it is more than 64 KiB.
    """
    query = request.scope["query_string"].decode("latin-1")
    raw_path = request.scope.get("raw_path", b"").decode("latin-1") or request.url.path
    return WebhookRequest(
        method=request.method,
        url=public_url + raw_path + (f"?{query}" if query else ""),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=await read_body(request),
        client_ip=client_ip(
            request.client.host if request.client else "", request.headers.get("x-forwarded-for", ""), trusted
        ),
    )


async def read_body(request: Request) -> bytes:
    """The body, as it came.

    Raises:
        BodyTooLargeError: it is more than 64 KiB.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > BODY_LIMIT_BYTES:
            raise BodyTooLargeError
    return bytes(body)
