import base64

import pytest
from pydantic import SecretStr

from gateway.settings.checks import (
    alone_or_listed,
    api_base,
    bearer_key,
    ed25519_key,
    file_path,
    is_loopback,
    listen_host,
    network,
    public_origin,
    separated,
    signing_secret,
    store_url,
)


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://voice.example.com", "https://voice.example.com"),
        ("https://voice.example.com/", "https://voice.example.com"),
        ("https://Voice.example.com:8443", "https://Voice.example.com:8443"),
        ("HTTPS://voice.example.com", "https://voice.example.com"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://gateway.localhost", "http://gateway.localhost"),
        ("https://voice.example.com.", "https://voice.example.com."),
        (f"https://{'a' * 63}.example.com", f"https://{'a' * 63}.example.com"),
    ],
)
def test_the_public_url_is_an_origin(written: str, origin: str) -> None:
    """A slash at its end would be signed twice; its host stays as the carrier's console has it."""
    assert public_origin(written) == origin


@pytest.mark.parametrize(
    ("written", "words"),
    [
        pytest.param("http://voice.example.com", "must begin with https://", id="plain http"),
        pytest.param("http://localhost.example.com", "must begin with https://", id="not this machine"),
        pytest.param("https://voice.example.com/gateway", "must have no path", id="path"),
        pytest.param("https://voice.example.com?a=b", "neither query nor fragment", id="query"),
        pytest.param("https://voice.example.com?", "neither query nor fragment", id="empty query"),
        pytest.param("https://voice.example.com#a", "neither query nor fragment", id="fragment"),
        pytest.param("https://user:pass@voice.example.com", "neither user nor password", id="password"),
        pytest.param("wss://voice.example.com", "must be a URL that begins with https://", id="scheme"),
        pytest.param("voice.example.com", "must be a URL that begins with https://", id="no scheme"),
        pytest.param("https://", "must be a URL that begins with https://", id="no host"),
        pytest.param("https://voice.example.com:99999", "must be a valid URL", id="port"),
        pytest.param("https://[::1", "must be a valid URL", id="bracket"),
        pytest.param("https://voice..example.com", "whose host is a name or address", id="two dots"),
        pytest.param("https://.example.com", "whose host is a name or address", id="dot before"),
        pytest.param(f"https://{'a' * 64}.example.com", "whose host is a name or address", id="long name"),
        pytest.param("https://voice example.com", "plain ASCII characters", id="space"),
        pytest.param("https://stimme.käse.de", "plain ASCII characters", id="not ASCII"),
        pytest.param("", "must be a URL", id="empty"),
    ],
)
def test_another_public_url_is_refused(written: str, words: str) -> None:
    """Each would break signatures or media sockets later, where it is harder to see."""
    with pytest.raises(ValueError, match=words):
        public_origin(written)


def test_an_api_may_have_a_path() -> None:
    """Kallglot's is /v1; ours are put behind it."""
    assert api_base("https://api.kallglot.com/v1/") == "https://api.kallglot.com/v1"
    assert api_base("http://sandbox:8400/v1") == "http://sandbox:8400/v1"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.8.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("a.localhost", True),
        ("10.0.0.1", False),
        ("a.b", False),
    ],
)
def test_only_this_machine_is_loopback(host: str, *, loopback: bool) -> None:
    """Whatever it is called."""
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///gateway.db",
        "sqlite:////var/lib/gateway.db",
        "redis://host:6379/0",
        "rediss://:secret@host",
        "redis://[::1]",
        "rediss://host/1?ssl_cert_reqs=none",
    ],
)
def test_a_store_is_sqlite_or_redis(url: str) -> None:
    """As it is."""
    assert store_url(url) == url


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgres://host/db", "must begin with sqlite:///"),
        ("gateway.db", "must begin with sqlite:///"),
        ("sqlite://gateway.db", "three slashes"),
        ("sqlite:///", "three slashes"),
        ("redis://", "must name a host"),
        ("redis://host:port", "must be a valid URL"),
        ("redis://store..example.com", "whose host is a name or address"),
        ("redis://host/staging", "number of a database"),
        ("redis://host/0?ssl_cert_reqs=none", "unexpected keyword argument 'ssl_cert_reqs'"),
        ("redis://host/0?socket_timeout=soon", "Invalid value for 'socket_timeout'"),
        ("redis://host/0?retry=often", "must have options"),
        ("redis://host/0?decode_responses=False", "must not have decode_responses after"),
        (
            "redis://host/0?health_check_interval=2&encoding=&retry_on_error=x",
            "must not have encoding or retry_on_error",
        ),
        ("rediss://host/0?ssl_cert_reqs=maybe", "Invalid SSL Certificate Requirements Flag"),
    ],
)
def test_another_store_is_refused(url: str, words: str) -> None:
    """With what it must look like."""
    with pytest.raises(ValueError, match=words):
        store_url(url)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "127.0.0.1", "localhost", "gateway-0.gateway"])
def test_a_listener_has_a_host(host: str) -> None:
    """Name or address, without port or brackets."""
    assert listen_host(host) == host


@pytest.mark.parametrize("host", ["", "http://localhost", "[::1]", "localhost:8080", "a b", "1:2", "a..b", "."])
def test_another_host_is_refused(host: str) -> None:
    """The port has its own setting."""
    with pytest.raises(ValueError, match="must be a host name or address"):
        listen_host(host)


def test_a_network_has_no_host_bits() -> None:
    """10.0.0.1/8 is either a slip or not what is meant."""
    assert network("10.0.0.0/8") == "10.0.0.0/8"
    assert network("192.0.2.1") == "192.0.2.1/32"
    with pytest.raises(ValueError, match="without host bits"):
        network("10.0.0.1/8")


def test_a_public_key_has_32_bytes() -> None:
    """RFC 8032."""
    key = base64.b64encode(bytes(32)).decode()
    assert ed25519_key(key) == key


def test_a_file_has_a_path() -> None:
    """The empty one would be the folder that the gateway was started in."""
    assert file_path("routes.toml") == "routes.toml"
    with pytest.raises(ValueError, match="must be the path of a file"):
        file_path("")


@pytest.mark.parametrize(
    ("said", "meant"),
    [("", ()), ("a", ("a",)), ("a, b", ("a, b",)), (SecretStr(""), ()), (["a", "b"], ["a", "b"]), (5, 5)],
)
def test_what_stands_alone_is_a_list_of_one(said: object, meant: object) -> None:
    """As it is: a secret may hold anything."""
    assert alone_or_listed(said) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [("", ()), (" ,", ()), ("a", ("a",)), ("a,b", ("a", "b")), ("a\r\nb, c ", ("a", "b", "c")), (["a b"], ["a b"])],
)
def test_words_may_be_separated_by_commas_or_space(said: object, meant: object) -> None:
    """One a line in a mounted file, too."""
    assert separated(said) == meant


@pytest.mark.parametrize(
    "key", ["", "x", "not base64!", "clé", base64.b64encode(bytes(31)).decode(), "-----BEGIN PUBLIC KEY-----"]
)
def test_another_key_is_refused(key: str) -> None:
    """A truncated copy would refuse every webhook."""
    with pytest.raises(ValueError, match="32 bytes of an Ed25519 key"):
        ed25519_key(key)


@pytest.mark.parametrize("key", ["", "sk_test_1", " sk_live_1 "])
def test_a_key_is_what_a_header_can_hold(key: str) -> None:
    """Or none yet: `gateway check` says that it is missing."""
    assert bearer_key(SecretStr(key)).get_secret_value() == key


@pytest.mark.parametrize("key", ["sk_live_…", "sk_live_1\n"], ids=["with its ellipsis", "line"])
def test_a_key_that_no_header_can_hold_is_refused(key: str) -> None:
    """Without a word of it."""
    with pytest.raises(ValueError, match=r"^must be printable ASCII characters$"):
        bearer_key(SecretStr(key))


def test_a_secret_that_signs_is_text() -> None:
    """Bytes of another encoding in the environment: every webhook would fail where its signature is checked."""
    assert signing_secret(SecretStr("clé")).get_secret_value() == "clé"
    with pytest.raises(ValueError, match=r"^must be UTF-8 text$"):
        signing_secret(SecretStr("cl\udce9"))
