"""What the public listener is asked: heads of upgrades, and who says on whose behalf."""

from ipaddress import IPv4Address, IPv6Address

from hypothesis import given
from hypothesis import strategies as st

from gateway.web.requests import client_ip, is_in, networks
from gateway.web.upgrade import _parse
from gateway.web.visitors import Visitors
from tests.fuzz.depth import fuzz
from tests.fuzz.mutations import texts

TRUSTED = networks(("10.0.0.0/8", "2001:db8::/32"))

latin = st.text(st.characters(max_codepoint=255), max_size=30)
targets = latin.filter(lambda text: not set(text) & set(" \r\n"))
"""A request line without spaces in its target: uvicorn's parser takes no others."""
values = latin.filter(lambda text: not set(text) & set("\r\n"))
addresses = st.one_of(
    texts,
    st.ip_addresses().map(str),
    st.sampled_from(
        ["10.0.0.1", "2001:db8::1", "::ffff:10.0.0.1", "fe80::1%eth0", "10.0.0.1:80", "[2001:db8::1]", ","]
    ),
)


@fuzz(82)
@given(targets, st.lists(st.tuples(st.one_of(values, st.sampled_from(["X-Forwarded-For", "", ":"])), values)))
def test_a_head_is_a_path_and_headers(target: str, headers: list[tuple[str, str]]) -> None:
    """As uvicorn writes down the upgrade that it has parsed."""
    lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
    path, found = _parse("\r\n".join(lines).encode("latin-1"))
    assert path == target
    assert len(found) <= len(headers)
    assert all(name == name.lower() for name in found)


@fuzz(110)
@given(addresses, st.lists(addresses, max_size=5))
def test_a_client_is_whom_no_trusted_proxy_vouches_for(peer: str, chain: list[str]) -> None:
    """Whatever `X-Forwarded-For` holds; only a trusted proxy's word moves it."""
    found = client_ip(peer, ",".join(chain), TRUSTED)
    if not is_in(peer, TRUSTED):
        assert found == peer
    for network in TRUSTED:
        for address in network[1], network[-1]:
            assert is_in(str(address), TRUSTED)
            assert isinstance(address, IPv4Address | IPv6Address)


@fuzz(55)
@given(st.lists(addresses, max_size=30))
def test_visitors_leave_nothing_behind(peers: list[str]) -> None:
    """Addresses of any form are counted, and forgotten when their connections are gone."""
    visitors = Visitors(3, TRUSTED, lambda _: None)
    visits = [visitors.enter(peer) for peer in peers]
    for visit in visits:
        if visit is not None:
            visit.leave()
            visit.leave()
    assert len(visitors) == 0
    assert not visitors._full
    assert not visitors._open
