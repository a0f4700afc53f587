"""What may have been done to a signed body on its way, as far as it can be undone by guessing. Sans-I/O."""

import json
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote, urlencode

from gateway.carriers.captured import Captured
from gateway.carriers.forms import FORM_TYPE


def body_variants(captured: Captured) -> Iterator[tuple[bytes, str]]:
    """Every body once, with what was done to it: first the one that the gateway checks."""
    seen = set()
    # Of a GET the gateway reads the query only, whatever body there is.
    body = b"" if captured.method == "GET" else captured.body
    for variant, note in ((body, ""), *_changes(captured, body)):
        if variant not in seen:
            seen.add(variant)
            yield variant, note


def _changes(captured: Captured, body: bytes) -> Iterator[tuple[bytes, str]]:
    yield body.rstrip(b"\r\n"), "without the line end behind it"
    yield body + b"\n", "with a line end behind it"
    yield body + b"\r\n", "with a line end (CR LF) behind it"
    yield body.replace(b"\r\n", b"\n"), "with LF for CR LF"
    yield body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), "with CR LF for LF"
    if captured.method == "GET":
        query = captured.path.partition("?")[2].encode(errors="surrogatepass")
        yield query, "as the body of a POST, which arrived as a GET"
    yield b"", "empty"
    if captured.headers.get("content-type", "").startswith(FORM_TYPE):
        yield from _re_encoded(body)
    else:
        yield from _re_formatted(body)


def _re_encoded(body: bytes) -> Iterator[tuple[bytes, str]]:
    pairs = parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
    yield urlencode(pairs).encode(), "percent-encoded in the usual way"
    yield urlencode(pairs, quote_via=quote).encode(), "with %20 for a space"
    yield urlencode(pairs, safe=":@/").encode(), "with : @ / as they are"
    yield urlencode([pair for pair in pairs if pair[1]]).encode(), "without its blank parameters"
    yield urlencode(sorted(pairs)).encode(), "with its parameters sorted"


def _re_formatted(body: bytes) -> Iterator[tuple[bytes, str]]:
    try:
        value = json.loads(body)
        compact, spaced = (json.dumps(value, separators=separators) for separators in ((",", ":"), (", ", ": ")))
    except (ValueError, RecursionError):
        return
    yield compact.encode(), "as compact JSON"
    yield spaced.encode(), "as JSON with a space after each : and ,"
    for separators, note in (((",", ":"), "as compact UTF-8 JSON"), ((", ", ": "), "as UTF-8 JSON with spaces")):
        yield json.dumps(value, separators=separators, ensure_ascii=False).encode(errors="replace"), note
