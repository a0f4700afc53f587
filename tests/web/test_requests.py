import pytest

from gateway.web.requests import client_ip, networks

TRUSTED = networks(("10.0.0.0/8", "127.0.0.1/32"))


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "expected"),
    [
        pytest.param("203.0.113.7", "", "203.0.113.7", id="no-proxy"),
        pytest.param("203.0.113.7", "198.51.100.1", "203.0.113.7", id="a-strangers-word"),
        pytest.param("10.0.0.1", "198.51.100.1", "198.51.100.1", id="one-proxy"),
        pytest.param("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1", id="two-proxies"),
        pytest.param("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1", id="a-forged-first-hop"),
        pytest.param("10.0.0.1", "", "10.0.0.1", id="a-proxy-that-says-nothing"),
        pytest.param("10.0.0.1", "rubbish", "rubbish", id="rubbish-is-nobodys-network"),
        pytest.param("", "198.51.100.1", "", id="unknown-peer"),
    ],
)
def test_only_trusted_proxies_are_believed(peer: str, forwarded_for: str, expected: str) -> None:
    """The address that an allow-list is held against cannot be claimed by whoever calls."""
    assert client_ip(peer, forwarded_for, TRUSTED) == expected
