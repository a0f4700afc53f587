"""`gateway check --live`: reaches what the settings name as a call would, and takes no call.

Each step says what it found, or raises `ConfigError` with the setting to look at. None costs anything.
"""

import json
import secrets
import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

import httpx

from gateway.calls import Carrier, TicketId
from gateway.carriers.twilio.signature import sign
from gateway.errors import ConfigError, TicketFault
from gateway.kallglot.client import USER_AGENT, system_trust
from gateway.kallglot.refusals import refusal
from gateway.routing.routes import Route
from gateway.settings.model import Settings

TIMEOUT_S = 10.0
"""For each thing that is reached."""

RENEW_WITHIN = timedelta(days=7)
"""Certificates are renewed weeks before they run out; one that has less left will not be."""

_AGENT = "agt_"
"""What Kallglot's agents' ids begin with; the documents leave the key open under which a session names one."""

_REFUSED_AS_IT_MUST_BE = TicketFault.UNKNOWN

_UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",  # RFC 6455's own example
}


def reach_account(settings: Settings) -> str:
    """Say that Kallglot takes the key, and how many credits are left."""
    answer = _ask_kallglot(settings, "agents")
    credits_left = answer.headers.get("x-api-credits-remaining", "").strip()
    if credits_left.isdecimal() and int(credits_left) == 0:
        raise ConfigError(["kallglot.api_key: the account has no API credits left: no session can be created"])
    return f"kallglot.api_key: Kallglot takes it; API credits left: {credits_left or 'not said'}"


def reach_agent(settings: Settings, route: str, agent_id: str) -> str:
    """Say that an agent that a route names is there."""
    try:
        _ask_kallglot(settings, f"agents/{quote(agent_id, safe='')}")
    except ConfigError as exc:
        raise ConfigError(
            [f"routes: route {route} names agent {agent_id}: {problem}" for problem in exc.problems]
        ) from exc
    return f"routes: route {route}'s agent {agent_id} is there"


def agents(routes: Iterable[Route]) -> Iterator[tuple[str, str]]:
    """Each route that names an agent, with the agent's id."""
    for route in routes:
        for agent_id in sorted(_agent_ids(route.session)):
            yield route.name, agent_id


def reach_name(public_url: str) -> str:
    """Say which addresses the public name has, as seen from here."""
    url = urlsplit(public_url)
    try:
        found = socket.getaddrinfo(url.hostname, url.port or 443, type=socket.SOCK_STREAM)
    except OSError as exc:
        raise ConfigError([f"public_url: {url.hostname} has no address: {exc.strerror}"]) from exc
    addresses = sorted({str(address[0]) for *_, address in found})
    return f"public_url: {url.hostname} is {', '.join(addresses)}"


def reach_certificate(public_url: str, *, trust: ssl.SSLContext | None = None) -> str:
    """Say until when the public name's certificate lasts, which carriers insist upon."""
    url = urlsplit(public_url)
    if url.scheme == "http":
        return "public_url: http, for this machine only; no certificate"
    host, port = str(url.hostname), url.port or 443
    try:
        with (
            socket.create_connection((host, port), TIMEOUT_S) as plain,
            (trust or system_trust()).wrap_socket(plain, server_hostname=host) as secured,
        ):
            certificate = secured.getpeercert() or {}
            version = secured.version()
    except ssl.SSLCertVerificationError as exc:
        raise ConfigError([f"public_url: {host}'s certificate is not to be trusted: {exc.verify_message}"]) from exc
    except OSError as exc:
        raise ConfigError([f"public_url: no TLS with {host}:{port}: {exc.strerror or exc}"]) from exc
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    if ends - datetime.now(UTC) < RENEW_WITHIN:
        raise ConfigError([f"public_url: {host}'s certificate ends on {ends:%Y-%m-%d} and has not been renewed"])
    return f"public_url: {host}'s certificate lasts until {ends:%Y-%m-%d}, {version}"


def reach_media(settings: Settings, *, trust: ssl.SSLContext | None = None) -> str:
    """Say that a media handshake passes all that is in front of the gateway: it comes back refused, for its ticket.

    Twilio's is signed as Twilio would, so that URL and token are checked on the way.
    """
    tokens = [token.get_secret_value() for token in settings.twilio.auth_tokens]
    carrier = Carrier.TWILIO if tokens else Carrier.TELNYX
    url = f"{settings.public_url}/media/{carrier}/{TicketId(secrets.token_urlsafe(32))}"
    signature = {"X-Twilio-Signature": sign(tokens[0], url.replace("http", "ws", 1))} if tokens else {}
    try:
        answer = httpx.get(url, headers={**_UPGRADE, **signature}, timeout=TIMEOUT_S, verify=trust or system_trust())
    except httpx.HTTPError as exc:
        raise ConfigError([f"public_url: a media handshake got no answer: {str(exc) or type(exc).__name__}"]) from exc
    code = _error_code(answer.content)
    if code != _REFUSED_AS_IT_MUST_BE:
        raise ConfigError([f"public_url: a media handshake got HTTP {answer.status_code}{_why(code)}"])
    return f"public_url: a media handshake for {carrier} comes through"


def _why(code: str | None) -> str:
    """What an answer other than the right one says of the way it took."""
    match code:
        case "not_found":
            return " without the upgrade: what is in front must pass the headers Upgrade and Connection on"
        case TicketFault.BAD_SIGNATURE:
            return ", bad_signature: the gateway there has another public_url, token or allow_cidrs than these settings"
        case None:
            return ", and not in the gateway's words: something else answers, or nothing behind it does"
        case _:
            return f", {code}"


def _ask_kallglot(settings: Settings, path: str) -> httpx.Response:
    """A successful answer.

    Raises:
        ConfigError: there is none.
    """
    base_url, key = settings.kallglot.base_url, settings.kallglot.api_key.get_secret_value()
    headers = {"Authorization": f"Bearer {key.strip()}", "User-Agent": USER_AGENT}
    try:
        # As a call asks: past the environment's proxies.
        answer = httpx.get(
            f"{base_url}/{path}", headers=headers, timeout=TIMEOUT_S, verify=system_trust(), trust_env=False
        )
    except httpx.HTTPError as exc:
        raise ConfigError(
            [f"kallglot.base_url: {base_url} cannot be reached: {str(exc) or type(exc).__name__}"]
        ) from exc
    if answer.is_success:
        return answer
    said = refusal(answer.status_code, answer.headers, answer.content)
    setting = "kallglot.api_key" if answer.status_code in {401, 402, 403} else "kallglot.base_url"
    raise ConfigError([f"{setting}: Kallglot refused: {said}"])


def _agent_ids(value: object) -> Iterator[str]:
    match value:
        case str() if value.startswith(_AGENT):
            yield value
        case Mapping():
            for inner in value.values():
                yield from _agent_ids(inner)
        case list() | tuple():
            for inner in value:
                yield from _agent_ids(inner)
        case _:
            pass


def _error_code(body: bytes) -> str | None:
    """The code of an error in our shape, or None where it is another's answer."""
    try:
        return str(json.loads(body)["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return None
