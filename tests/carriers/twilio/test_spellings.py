import pytest

from gateway.carriers.captured import captured
from gateway.carriers.twilio.spellings import spellings, url_variants

PATH = "/webhooks/twilio/voice"


def test_no_url_is_tried_twice() -> None:
    """However many headers name the same host."""
    lines = ["Host: a.example.com", "X-Forwarded-Host: A.example.com", "X-Forwarded-Port: 443"]
    urls = [variant.url for variant in url_variants(captured("POST", PATH, lines, b""), "https://a.example.com")]
    assert urls == [
        f"{origin}{path}"
        for scheme, port in (("https", 443), ("http", 80))
        for path in (PATH, f"{PATH}/")
        for origin in (f"{scheme}://a.example.com", f"{scheme}://a.example.com:{port}")
    ] + [f"http://a.example.com:443{path}" for path in (PATH, f"{PATH}/")]


def test_what_is_configured_comes_first() -> None:
    """Without a note: it is no variant of itself."""
    first, *others = url_variants(captured("GET", "/media/twilio/x", ["Host: [::1]:80"], b""), "https://a.example.com")
    assert (first.url, first.note) == ("wss://a.example.com/media/twilio/x", "")
    assert first.origin == "https://a.example.com"
    assert all(other.note for other in others)
    assert any(other.url.startswith("wss://[::1]:80/") for other in others)


def test_ports_are_put_where_a_port_was() -> None:
    lines = ["Host: [::1]", "X-Forwarded-Port: 8443"]
    urls = {variant.url for variant in url_variants(captured("POST", PATH, lines, b""), "https://a.example.com:444")}
    assert {f"https://a.example.com:8443{PATH}", f"https://[::1]:8443{PATH}"} <= urls


@pytest.mark.parametrize(
    ("target", "spelling", "how"),
    [
        ("/a?b=%2b", "/a?b=%2B", "%2b as %2B"),
        ("/a?b=%2B", "/a?b=%2b", "%2B as %2b"),
        ("/a%3Ab", "/a:b", "percent-encoding undone"),
        ("/a?b=x%20y", "/a?b=x+y", "with + for %20"),
        ("/a?b=x+y", "/a?b=x%20y", "with %20 for +"),
        ("/a?b=+1", "/a?b=%2B1", "with %2B for +"),
        ("/a?b=x:y&c", "/a?b=x%3Ay&c=", "percent-encoded anew"),
        ("/a|b", "/a%7Cb", "percent-encoded anew"),
    ],
)
def test_percent_encoding_is_tried_as_others_write_it(target: str, spelling: str, how: str) -> None:
    """What a proxy or framework makes of the same characters."""
    found = {variant.url: variant.note for variant in url_variants(captured("GET", target, [], b""), "https://a")}
    assert found[f"https://a{spelling}"] == how


@pytest.mark.parametrize(
    ("url", "is_socket", "expected"),
    [
        ("https://a/b", False, {"https://a/b": "", "https://a:443/b": "with a port"}),
        ("https://a:444/b", False, {"https://a:444/b": "", "https://a/b": "without the port"}),
        (
            "wss://a/b",
            True,
            {
                "wss://a/b": "",
                "wss://a:443/b": "with a port",
                "wss://a/b/": "with a slash at the end",
                "wss://a:443/b/": "with a port, with a slash at the end",
            },
        ),
        (
            "wss://a:1/b/",
            True,
            {
                "wss://a:1/b/": "",
                "wss://a/b": "without the port, without the slash at the end",
                "wss://a:1/b": "without the slash at the end",
                "wss://a/b/": "without the port",
            },
        ),
    ],
)
def test_what_the_gateway_takes_is_named_by_its_difference(url: str, is_socket: bool, expected: dict[str, str]) -> None:
    """Port and slash, which Twilio itself adds and drops."""
    assert dict(spellings(url, is_socket=is_socket)) == expected
