import pytest

from gateway.simulator.addresses import Addresses, SocketAddress, absolute, socket_url


def test_public_urls_are_dialled_at_the_gateway() -> None:
    """What a carrier reaches over the internet is reached on loopback, path and query kept."""
    addresses = Addresses("http://127.0.0.1:8080", "https://voice.example.com/")
    assert addresses.public_url == "https://voice.example.com"
    assert addresses.http("https://voice.example.com/a?b=c") == "http://127.0.0.1:8080/a?b=c"
    assert addresses.http("https://voice.example.com:443/a") == "http://127.0.0.1:8080/a"
    assert addresses.socket("wss://voice.example.com/media/x") == SocketAddress(
        "ws://voice.example.com/media/x", "127.0.0.1", 8080
    )


def test_other_urls_are_dialled_as_they_are() -> None:
    """A document may point anywhere."""
    addresses = Addresses("http://127.0.0.1:8080", "https://voice.example.com")
    assert addresses.http("https://other.example.com/a") == "https://other.example.com/a"
    assert addresses.http("http://voice.example.com/a") == "http://voice.example.com/a"
    assert addresses.socket("wss://other.example.com/m") == SocketAddress(
        "wss://other.example.com/m", "other.example.com", 443
    )


def test_without_a_public_url_the_gateways_own_is_used() -> None:
    """On one machine there is nothing to translate."""
    addresses = Addresses("http://127.0.0.1:8080", "")
    assert addresses.public_url == "http://127.0.0.1:8080"
    assert addresses.http("http://127.0.0.1:8080/a") == "http://127.0.0.1:8080/a"
    assert addresses.socket("ws://127.0.0.1:8080/m") == SocketAddress("ws://127.0.0.1:8080/m", "127.0.0.1", 8080)


@pytest.mark.parametrize(
    ("url", "absolute"),
    [
        ("wss://gw.example.com/m", "wss://gw.example.com/m"),
        ("/m", "wss://voice.example.com/m"),
        ("m", "wss://voice.example.com/webhooks/m"),
        ("https://voice.example.com/m", "wss://voice.example.com/m"),
    ],
)
def test_a_relative_stream_url_takes_its_documents_address(url: str, absolute: str) -> None:
    """And becomes a WebSocket address."""
    assert socket_url("https://voice.example.com/webhooks/voice", url) == absolute


@pytest.mark.parametrize("url", ["wss://[bad", "wss://gw.example.com:port/m"])
def test_a_malformed_stream_url_is_none(url: str) -> None:
    """There is nothing to dial."""
    assert socket_url("https://voice.example.com/", url) is None


def test_a_relative_redirect_takes_its_documents_address() -> None:
    """A malformed one is left to whoever tries to ask for it."""
    assert absolute("https://voice.example.com/a/b", "../c") == "https://voice.example.com/c"
    assert absolute("https://voice.example.com/", "https://[bad") == "https://[bad"
