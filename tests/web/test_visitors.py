from hypothesis import given
from hypothesis import strategies as st

from gateway.web.requests import networks
from gateway.web.visitors import Visit, Visitors


class Door:
    """Visitors, and who was reported as having too many connections."""

    def __init__(self, limit: int, *trusted: str) -> None:
        self.full: list[str] = []
        self.visitors = Visitors(limit, networks(trusted), self.full.append)

    def enter(self, address: str) -> Visit:
        visit = self.visitors.enter(address)
        assert visit is not None
        return visit


def test_an_address_has_so_many_connections_and_no_more() -> None:
    """Another address is not disturbed by it."""
    door = Door(2)
    first = door.enter("192.0.2.1")
    door.enter("192.0.2.1")
    assert door.visitors.enter("192.0.2.1") is None
    door.enter("192.0.2.2")
    first.leave()
    door.enter("192.0.2.1")
    assert len(door.visitors) == 3


def test_a_place_is_given_back_once() -> None:
    """However many ends of a connection say that it is gone."""
    door = Door(2)
    visit = door.enter("192.0.2.1")
    door.enter("192.0.2.1")
    visit.leave()
    visit.leave()
    assert len(door.visitors) == 1


def test_a_flood_is_reported_once() -> None:
    """And again when it comes back after a pause: the log does not drown in it."""
    door = Door(1)
    visit = door.enter("192.0.2.1")
    for _ in range(5):
        assert door.visitors.enter("192.0.2.1") is None
    assert door.full == ["192.0.2.1"]
    visit.leave()
    door.enter("192.0.2.1")
    assert door.visitors.enter("192.0.2.1") is None
    assert door.full == ["192.0.2.1"] * 2


def test_trusted_proxies_are_not_counted() -> None:
    """All callers come from them."""
    door = Door(1, "10.0.0.0/8")
    visits = [door.enter("10.1.2.3") for _ in range(5)]
    assert len(door.visitors) == 0
    for visit in visits:
        visit.leave()


def test_no_limit_is_no_limit() -> None:
    door = Door(0)
    for _ in range(10):
        door.enter("192.0.2.1")


def test_one_network_of_ipv6_is_one_visitor() -> None:
    """Whoever has one such address has 2^64 of them; an IPv4 address is the same however it is written."""
    door = Door(1)
    door.enter("2001:db8:0:1::1")
    assert door.visitors.enter("2001:db8:0:1:ffff::2") is None
    assert door.full == ["2001:db8:0:1::/64"]
    door.enter("2001:db8:0:2::1")
    door.enter("::ffff:192.0.2.1")
    assert door.visitors.enter("192.0.2.1") is None


@given(st.lists(st.one_of(st.ip_addresses().map(str), st.text(max_size=8)), max_size=30))
def test_all_places_come_back(addresses: list[str]) -> None:
    """Whatever the peers are called, nothing is left of those that have gone."""
    door = Door(3)
    visits = [visit for address in addresses if (visit := door.visitors.enter(address))]
    assert len(door.visitors) == len(visits)
    for visit in visits:
        visit.leave()
    assert len(door.visitors) == 0
