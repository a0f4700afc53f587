"""Which address to connect to for a URL that carriers would reach from outside. Sans-I/O."""

from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

_PORTS = {"http": 80, "https": 443}
_PLAIN = {"ws": "http", "wss": "https"}
_SOCKET = {"http": "ws", "https": "wss"}


@dataclass(frozen=True, slots=True)
class SocketAddress:
    """How to open a WebSocket: the URI it is asked for, and the host and port that are dialled for it."""

    uri: str
    host: str
    port: int


class Addresses:
    """Stands in for the tunnel or load balancer between the public URL and the gateway."""

    def __init__(self, gateway_url: str, public_url: str) -> None:
        self.public_url = (public_url or gateway_url).rstrip("/")
        self._gateway = urlsplit(gateway_url)
        self._public_origin = _origin(urlsplit(self.public_url))

    def http(self, url: str) -> str:
        """Where to send a request that is meant for `url`; its `Host` stays the public one."""
        parts = urlsplit(url)
        if _origin(parts) != self._public_origin:
            return url
        return urlunsplit(parts._replace(scheme=self._gateway.scheme, netloc=self._gateway.netloc))

    def socket(self, url: str) -> SocketAddress:
        """The same for a media socket."""
        parts = urlsplit(url)
        scheme = _PLAIN.get(parts.scheme, parts.scheme)
        target = parts._replace(scheme=scheme)
        if _origin(parts) == self._public_origin:
            target = self._gateway
        uri = urlunsplit(parts._replace(scheme=_SOCKET[target.scheme]))
        return SocketAddress(uri, target.hostname or "", target.port or _PORTS[target.scheme])


def absolute(base: str, url: str) -> str:
    """A URL of a document, which may be relative to the document's own; a malformed one as it is."""
    try:
        return urljoin(base, url)
    except ValueError:
        return url


def socket_url(base: str, url: str) -> str | None:
    """A `<Stream url>` made absolute, with a WebSocket's scheme, or None where it is malformed."""
    try:
        parts = urlsplit(urljoin(base, url))
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        return None
    return urlunsplit(parts._replace(scheme=_SOCKET.get(parts.scheme, parts.scheme)))


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    scheme = _PLAIN.get(parts.scheme, parts.scheme)
    return scheme, parts.hostname or "", parts.port or _PORTS.get(scheme)
