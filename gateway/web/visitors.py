"""How many connections each address has open. Sans-I/O."""

from collections import Counter
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network

from gateway.web.requests import Networks, is_in

_IPV6_PREFIX = 64
"""What one customer is given at least (RFC 6177): all of it is one visitor."""


class Visit:
    """One connection's place, given back once, however often that is said."""

    def __init__(self, leave: Callable[[], None]) -> None:
        self._leave: Callable[[], None] | None = leave

    def leave(self) -> None:
        """The connection is gone."""
        leave, self._leave = self._leave, None
        if leave is not None:
            leave()


class Visitors:
    """Counts connections by address; those of trusted proxies stand for everybody's and are not counted.

    `on_full` is told an address the first time it is turned away, and again only after it had room in between.
    """

    def __init__(self, limit: int, trusted: Networks, on_full: Callable[[str], None]) -> None:
        self._limit = limit
        self._trusted = trusted
        self._on_full = on_full
        self._open: Counter[str] = Counter()
        self._full: set[str] = set()

    def enter(self, address: str) -> Visit | None:
        """A place for one more connection, None where the address has all that it gets."""
        if is_in(address, self._trusted):
            return Visit(lambda: None)
        visitor = _visitor(address)
        if self._limit and self._open[visitor] >= self._limit:
            if visitor not in self._full:
                self._full.add(visitor)
                self._on_full(visitor)
            return None
        self._open[visitor] += 1
        return Visit(lambda: self._left(visitor))

    def __len__(self) -> int:
        return self._open.total()

    def _left(self, visitor: str) -> None:
        self._full.discard(visitor)
        self._open[visitor] -= 1
        if not self._open[visitor]:
            del self._open[visitor]


def _visitor(address: str) -> str:
    """The address as it is counted: an IPv6 network instead of one of its countless addresses."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ip_network((int(parsed), _IPV6_PREFIX), strict=False))
