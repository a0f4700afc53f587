"""Finds the route that answers a call: the most specific one. Sans-I/O."""

from collections.abc import Iterable, Iterator
from typing import assert_never

from gateway.calls import Carrier, IncomingCall
from gateway.errors import ConfigError
from gateway.routing.addresses import number_of, sip_host
from gateway.routing.routes import Match, Route, ToAnything, ToNumber, ToPrefix, ToSipDomain


class RouteTable:
    """All routes; exact number before longest prefix before SIP domain before default.

    Among routes of the same match, one that names the call's carrier goes first. A look-up costs at most some
    forty dictionary accesses, however many routes there are.

    Raises:
        ConfigError: two routes answer the same calls, or bear the same name.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        if problems := conflicts(self.routes):
            raise ConfigError(problems)
        self._by_match = {_key(route): route for route in self.routes}
        self._by_name = {route.name: route for route in self.routes}

    def find(self, call: IncomingCall) -> Route | None:
        """The route that answers the call, None where none does."""
        for match in _matches(call):
            for carrier in (call.carrier, None):
                if route := self._by_match.get((match, carrier)):
                    return route
        return None

    def named(self, name: str) -> Route | None:
        """The route of that name, None where there is none."""
        return self._by_name.get(name)


def conflicts(routes: Iterable[Route]) -> list[str]:
    """What keeps these routes from standing in one table."""
    problems = []
    by_match: dict[tuple[Match, Carrier | None], Route] = {}
    names: set[str] = set()
    for route in routes:
        if route.name in names:
            problems.append(f"route {route.name!r}: name must be unique")
        names.add(route.name)
        rival = by_match.setdefault(_key(route), route)
        if rival is not route:
            problems.append(
                f"route {route.name!r}: {describe(route)} is answered by route {rival.name!r} already; "
                "change one, or narrow it by carrier"
            )
    return problems


def describe(route: Route) -> str:
    """Which calls the route answers, in the words of the routes file: `to = "+14155551234"`."""
    match route.match:
        case ToNumber(number):
            words = f'to = "{number}"'
        case ToPrefix(prefix):
            words = f'to_prefix = "{prefix}"'
        case ToSipDomain(domain):
            words = f'sip_domain = "{domain}"'
        case ToAnything():
            words = "any call"
        case _:
            assert_never(route.match)
    return words if route.carrier is None else f'{words}, carrier = "{route.carrier}"'


def _key(route: Route) -> tuple[Match, Carrier | None]:
    return (route.match, route.carrier)


def _matches(call: IncomingCall) -> Iterator[Match]:
    """What a route may say to answer the call, the most specific first."""
    if number := number_of(call.called):
        yield ToNumber(number)
        for length in range(len(number), 1, -1):
            yield ToPrefix(number[:length])
    if call.sip is not None:
        yield ToSipDomain(call.sip.domain.lower())
    if host := sip_host(call.called):
        yield ToSipDomain(host)
    yield ToAnything()
