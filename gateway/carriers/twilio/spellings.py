"""Which URLs Twilio may have signed instead of the one that the gateway checks. Sans-I/O.

The URL that Twilio signs is the one in its console, or the one that our document told it. What arrives here has been
through proxies, which change host, scheme, port, path and percent-encoding.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlencode, urlsplit

from gateway.carriers.captured import Captured
from gateway.carriers.twilio import signature

_FORWARDED_HOST = re.compile(r"(?:^|[;,\s])host=\"?([^;,\"\s]+)", re.IGNORECASE)
"""RFC 7239 §4."""
_ESCAPE = re.compile("%[0-9a-f]{2}", re.IGNORECASE)
_WEB = ("https", "http")
_SOCKETS = ("wss", "ws")
_SLASHED, _UNSLASHED = "with a slash at the end", "without the slash at the end"


@dataclass(frozen=True, slots=True)
class UrlVariant:
    """A URL that may have been signed."""

    url: str
    note: str
    """How it differs from the one that the gateway makes; "" where it does not."""
    origin: str
    """Its scheme and host, as public_url would have to say them."""


def url_variants(captured: Captured, public_url: str) -> Iterator[UrlVariant]:
    """Every URL once: first the gateway's own in each spelling that it takes, then all that the headers speak of."""
    public = urlsplit(public_url)
    seen = set()
    for host, whose in _hosts(captured, public.netloc):
        for scheme, which in _schemes(public.scheme, is_socket=captured.is_socket):
            origin = f"{scheme.replace('ws', 'http')}://{host}"
            for path, how in _paths(captured):
                for url, spelt in spellings(f"{scheme}://{host}{path}", is_socket=captured.is_socket):
                    if url not in seen:
                        seen.add(url)
                        notes = (whose, which, how, spelt)
                        yield UrlVariant(url, ", ".join(filter(None, notes)), origin)


def spellings(url: str, *, is_socket: bool) -> Iterator[tuple[str, str]]:
    """A URL itself and in the other spellings in which the gateway takes it, each with what was done to it."""
    yield url, ""
    for spelling in (signature.socket_spellings if is_socket else signature.webhook_spellings)(url):
        bare, spelt = url.removesuffix("/"), spelling.removesuffix("/")
        port = "" if bare == spelt else "without the port" if len(spelt) < len(bare) else "with a port"
        slash = "" if url.endswith("/") == spelling.endswith("/") else _SLASHED if bare == url else _UNSLASHED
        if spelling != url:
            yield spelling, ", ".join(filter(None, (port, slash)))


def _hosts(captured: Captured, public: str) -> Iterator[tuple[str, str]]:
    headers = captured.headers
    forwarded = _FORWARDED_HOST.search(headers.get("forwarded", ""))
    said = [
        (public, ""),
        (captured.host, "host of the captured URL"),
        (headers.get("x-forwarded-host", "").partition(",")[0].strip(), "host of X-Forwarded-Host"),
        (headers.get("x-original-host", ""), "host of X-Original-Host"),
        (forwarded[1] if forwarded else "", "host of Forwarded"),
        (headers.get("host", ""), "host of Host"),
    ]
    seen = set()
    port = headers.get("x-forwarded-port", "")
    for host, whose in said:
        hosts = [(host, whose)]
        if port.isdecimal() and host:
            bare = host if host.endswith("]") else host.rpartition(":")[0] or host
            hosts.append((f"{bare}:{port}", ", ".join(filter(None, (whose, "port of X-Forwarded-Port")))))
        for each, note in hosts:
            if each and each.lower() not in seen:
                seen.add(each.lower())
                yield each, note


def _schemes(public: str, *, is_socket: bool) -> list[tuple[str, str]]:
    """The one that is meant first."""
    meant = public.replace("http", "ws") if is_socket else public
    tried = _SOCKETS + _WEB if is_socket else _WEB
    return [(meant, ""), *((scheme, f"by {scheme}") for scheme in tried if scheme != meant)]


def _paths(captured: Captured) -> Iterator[tuple[str, str]]:
    path, mark, query = captured.path.partition("?")
    yield path + mark + query, ""
    slashed = path.removesuffix("/") if path.endswith("/") else f"{path}/"
    yield slashed + mark + query, _UNSLASHED if path.endswith("/") else _SLASHED
    if query:
        yield path, "without the query"
    yield from _percent_spellings(path, query)
    if prefix := captured.headers.get("x-forwarded-prefix", "").rstrip("/"):
        yield prefix + path + mark + query, "path of X-Forwarded-Prefix"


def _percent_spellings(path: str, query: str) -> Iterator[tuple[str, str]]:
    """The same path and query in the ways that proxies and frameworks write them anew."""
    target = f"{path}?{query}" if query else path
    pairs = parse_qsl(query, keep_blank_values=True)
    again = quote(unquote(path), safe="/:@", errors="replace")
    yield _ESCAPE.sub(lambda found: found[0].upper(), target), "%2b as %2B"
    yield _ESCAPE.sub(lambda found: found[0].lower(), target), "%2B as %2b"
    yield unquote(target), "percent-encoding undone"
    if not query:
        yield again, "percent-encoded anew"
        return
    yield f"{path}?{query.replace('+', '%20')}", "with %20 for +"
    yield f"{path}?{query.replace('%20', '+')}", "with + for %20"
    yield f"{path}?{query.replace('+', '%2B')}", "with %2B for +"
    for how in (quote_plus, quote):
        anew = urlencode(pairs, quote_via=how, errors="replace")
        yield f"{path}?{anew}", "percent-encoded anew"
