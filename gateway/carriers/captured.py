"""A request as somebody wrote it down, to find out what is wrong with its signature. Sans-I/O.

From a file with the request as it is on the wire (RFC 9112 §2.1), as proxies, tunnels and `nc -l` show it, or with
the same in JSON, as request inspectors export it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from gateway.calls import Carrier
from gateway.carriers.base import WebhookRequest
from gateway.carriers.faults import UNREADABLE
from gateway.carriers.forms import FORM_TYPE, quoted
from gateway.errors import ConfigError

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_LINE_END = re.compile(r"\r?\n")
_REQUEST_LINE = re.compile(r"([A-Z]+) (\S+)(?: HTTP/[0-9.]+)?")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)")
_PATH_CARRIER = re.compile(r"/(?:webhooks|media)/([a-z]+)(?:/|$)")
_MEDIA = "/media/"


class _Json(Struct):
    url: str
    method: str = ""
    headers: dict[str, str | list[str]] = {}
    body: str | None = None


_json = msgspec.json.Decoder(_Json)


@dataclass(frozen=True, slots=True)
class Captured:
    """What a request said, as far as a signature can depend on it."""

    method: str
    target: str
    """Path and query, or a whole URL where that was written down."""
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes = b""

    @property
    def path(self) -> str:
        """Path and query, as they came."""
        parts = urlsplit(self.target)
        if not parts.scheme:
            return self.target
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    @property
    def host(self) -> str:
        """Host and port of the whole URL, "" where only a path was written down."""
        parts = urlsplit(self.target)
        return parts.netloc.rpartition("@")[2] if parts.scheme else ""

    @property
    def is_socket(self) -> bool:
        """It asks for a media socket."""
        return self.headers.get("upgrade", "").lower() == "websocket" or self.path.startswith(_MEDIA)

    @property
    def carrier(self) -> Carrier | None:
        """Whose it is by its path or, where that says nothing, by its headers."""
        found = _PATH_CARRIER.search(self.path)
        if found and found[1] in set(Carrier):
            return Carrier(found[1])
        signed = [each for each in Carrier if any(name.startswith((f"x-{each}-", f"{each}-")) for name in self.headers)]
        return signed[0] if len(signed) == 1 else None

    def as_request(self, public_url: str) -> WebhookRequest:
        """As the gateway takes it; where it came from was not written down."""
        return WebhookRequest(self.method, public_url + self.path, self.headers, self.body, "")


def parse_capture(data: bytes) -> Captured:
    """Read a request from a file.

    Raises:
        ConfigError: it is none.
    """
    data = data.lstrip(b"\r\n")
    return _from_json(data) if data.startswith(b"{") else _from_wire(data)


def captured(method: str, target: str, lines: Iterable[str], body: bytes) -> Captured:
    """The request with these headers, `Name: value` each; of a repeated one all values, as HTTP joins them.

    Raises:
        ConfigError: a header is none, or the target is no URL.
    """
    try:
        urlsplit(target)
    except ValueError as exc:
        raise ConfigError([f"the captured URL cannot be one: {exc}"]) from exc
    headers: dict[str, str] = {}
    for line in lines:
        found = _HEADER.fullmatch(line.strip())
        if found is None:
            raise ConfigError([f"a captured header must be written Name: value, not {quoted(line)}"])
        name, value = found[1].lower(), found[2].strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Captured(method, target, headers, _without_an_editors_end(body, headers))


def _from_wire(data: bytes) -> Captured:
    head, *rest = _BLANK_LINE.split(data, maxsplit=1)
    first, *lines = _LINE_END.split(head.decode("latin-1").rstrip("\r\n"))
    found = _REQUEST_LINE.fullmatch(first.strip())
    if found is None:
        raise ConfigError(
            [
                "the capture must be JSON or begin with a line like POST /webhooks/twilio/voice HTTP/1.1,"
                f" not {quoted(first)}"
            ]
        )
    return captured(found[1], found[2], lines, b"".join(rest))


def _from_json(data: bytes) -> Captured:
    try:
        found = _json.decode(data)
    except UNREADABLE as exc:
        raise ConfigError([f"the captured JSON must hold method, url, headers and body: {exc}"]) from exc
    lines = [
        f"{name}: {value}"
        for name, values in found.headers.items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    method = found.method.upper() or ("GET" if found.body is None else "POST")
    return captured(method, found.url, lines, (found.body or "").encode())


def _without_an_editors_end(body: bytes, headers: Mapping[str, str]) -> bytes:
    """Without the line end that an editor has put behind it, as far as it can be told from one that was sent."""
    said = headers.get("content-length", "")
    if not said and headers.get("content-type", "").startswith(FORM_TYPE):
        return body.rstrip(b"\r\n")  # in a form a line end is written %0D%0A
    rest = body[int(said) :] if said.isascii() and said.isdecimal() and len(said) < 10 else b""
    return body[: len(body) - len(rest)] if rest and not rest.strip() else body
