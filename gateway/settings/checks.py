"""What single values of settings must be, beyond their type. Sans-I/O."""

import base64
import re
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, parse_qs, urlsplit

from pydantic import SecretStr

STORE_SCHEMES = frozenset({"sqlite", "redis", "rediss"})

_UNFIT_FOR_REDIS = frozenset(
    {
        "credential_provider",
        "decode_responses",
        "encoding",
        "encoding_errors",
        "event_dispatcher",
        "redis_connect_func",
        "retry_on_error",
        "socket_keepalive_options",
    }
)
"""Options that its client takes from a URL and fails on later: records are bytes and no text, and objects of Python's
cannot be written there."""

_ED25519_KEY_BYTES = 32
_SEPARATORS = re.compile(r"[\s,]+")
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?|[0-9A-Fa-f:.]+")
_LONGEST_LABEL = 63
"""Between two dots of a name, by RFC 1035 §2.3.4; what looks names up fails on more, and on nothing, in ways of its
own."""


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def public_origin(text: str) -> str:
    """`https://host[:port]` without a slash at the end; `http` too where it never leaves this machine."""
    url = _http_url(text)
    if url.scheme != "https" and not is_loopback(url.hostname or ""):
        raise ValueError("must begin with https://")
    if url.path.strip("/"):
        raise ValueError("must have no path; carriers are given our paths")
    return f"{url.scheme}://{url.netloc}"


def api_base(text: str) -> str:
    """An HTTP URL that paths can be put behind."""
    url = _http_url(text)
    return f"{url.scheme}://{url.netloc}{url.path.rstrip('/')}"


def store_url(text: str) -> str:
    """`sqlite:///PATH`, `redis://…` or `rediss://…`."""
    scheme, colon, rest = text.partition("://")
    if not colon or scheme not in STORE_SCHEMES:
        raise ValueError("must begin with sqlite:///, redis:// or rediss://")
    if scheme == "sqlite" and (not rest.startswith("/") or rest == "/"):
        raise ValueError("must be sqlite:///PATH, with three slashes before a relative path and four before another")
    if scheme != "sqlite":
        _check_redis(text)
    return text


def bearer_key(key: SecretStr) -> SecretStr:
    """What an `Authorization` header can hold; or nothing yet."""
    text = key.get_secret_value()
    if not (text.isascii() and text.isprintable()):
        raise ValueError("must be printable ASCII characters")
    return key


def signing_secret(secret: SecretStr) -> SecretStr:
    """What a signature can be made with: text that UTF-8 can hold."""
    try:
        secret.get_secret_value().encode()
    except UnicodeEncodeError:
        # From None: the exception carries the secret.
        raise ValueError("must be UTF-8 text") from None
    return secret


def listen_host(text: str) -> str:
    """A name or address to listen on."""
    if not _HOST.fullmatch(text) or not _can_be_host(text):
        raise ValueError("must be a host name or address")
    return text


def network(text: str) -> str:
    """A CIDR block, or one address."""
    try:
        return str(ip_network(text))
    except ValueError:
        raise ValueError("must be a network such as 192.0.2.0/24, without host bits") from None


def file_path(value: object) -> object:
    """What is not left empty, as a variable in a script may be: it would be the folder one is in."""
    if value == "":
        raise ValueError("must be the path of a file")
    return value


def alone_or_listed(value: object) -> object:
    """What may be said by itself as the list that it means: nothing, or one."""
    if not isinstance(value, str | SecretStr):
        return value
    return (value,) if value else ()


def separated(value: object) -> object:
    """Words that commas or white space separate as the list that they mean; for what holds neither."""
    return tuple(filter(None, _SEPARATORS.split(value))) if isinstance(value, str) else value


def ed25519_key(text: str) -> str:
    """Base64 of a public key."""
    try:
        size = len(base64.b64decode(text, validate=True))
    except ValueError:  # binascii.Error, and what is not even ASCII
        size = -1
    if size != _ED25519_KEY_BYTES:
        raise ValueError("must be base64 of the 32 bytes of an Ed25519 key")
    return text


def _check_redis(text: str) -> None:
    # Every command reads settings, and few have a Redis: its client takes a fifth of the time that reading them does.
    from redis.asyncio import ConnectionPool  # noqa: PLC0415 - as said
    from redis.exceptions import RedisError  # noqa: PLC0415 - as said

    url = _split(text)
    if not url.hostname:
        raise ValueError("must name a host")
    number = url.path.strip("/")
    # The client takes database 0 for what is no number, and so another gateway's.
    if number and not number.isdecimal():
        raise ValueError("must have the number of a database as its path, or none")
    if unfit := sorted(_UNFIT_FOR_REDIS & parse_qs(url.query, keep_blank_values=True).keys()):
        raise ValueError(f"must not have {' or '.join(unfit)} after its ?")
    try:
        ConnectionPool.from_url(text).make_connection()  # type: ignore[no-untyped-call]  # which connects nothing yet
    except (RedisError, ValueError, TypeError, AttributeError) as exc:
        problem = str(exc).rpartition("__init__() ")[2]
        raise ValueError(f"must have options after its ? that the Redis client takes ({problem})") from None


def _http_url(text: str) -> SplitResult:
    url = _split(text)
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise ValueError("must be a URL that begins with https:// or http://")
    if url.username is not None or url.password is not None:
        raise ValueError("must hold neither user nor password")
    if url.query or url.fragment or text.endswith(("?", "#")):
        raise ValueError("must have neither query nor fragment")
    return url


def _split(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        _ = url.port  # read for its check of the range
    except ValueError:
        raise ValueError("must be a valid URL") from None
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("must be a URL of plain ASCII characters, without spaces")
    if url.hostname and not _can_be_host(url.hostname):
        raise ValueError("must be a URL whose host is a name or address")
    return url


def _can_be_host(text: str) -> bool:
    """Whether it is an address, or a name that can be looked up."""
    if ":" in text:
        return _is_address(text)
    return all(0 < len(label) <= _LONGEST_LABEL for label in text.removesuffix(".").split("."))


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
