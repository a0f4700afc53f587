"""Twilio's request signature, `X-Twilio-Signature`. Sans-I/O.

Algorithm: https://www.twilio.com/docs/usage/security and `twilio.request_validator`, whose `RequestValidator` is the
oracle of the tests. Ours differs where that one is wrong or slow to refuse: the comparison takes the same time
for every wrong signature, the port of a `wss` URL is 443, IPv6 literals and credentials in a URL are understood.
"""

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.errors import SignatureError, SignatureFault

HEADER = "x-twilio-signature"
SETTINGS_HEADER = "x-twilio-webhooks-signature-settings"
"""`key=webhooks_sharedkey_…,algorithm=HMAC_SHA256` where a shared key signs; absent where an auth token does."""

_URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://"
    r"(?:[^/?@]*@)?"
    r"(?P<host>\[[^]/?]*\]|[^/?:@]*)"
    r"(?::(?P<port>[0-9]*))?"
    r"(?P<rest>(?:[/?].*)?)",
    re.IGNORECASE | re.DOTALL,
)
_DEFAULT_PORTS = {"https": "443", "wss": "443"}


class Algorithm(StrEnum):
    """How a request is signed, by Twilio's names."""

    HMAC_SHA1 = "HMAC_SHA1"
    HMAC_SHA256 = "HMAC_SHA256"


_DIGESTS = {Algorithm.HMAC_SHA1: hashlib.sha1, Algorithm.HMAC_SHA256: hashlib.sha256}


def sign(
    token: str,
    url: str,
    parameters: Iterable[tuple[str, str]] = (),
    algorithm: Algorithm = Algorithm.HMAC_SHA1,
) -> str:
    """The signature of exactly this URL and these form parameters.

    Parameters count once each, sorted by name and then by value, whatever order and number they came in.
    """
    text = url + "".join(name + value for name, value in sorted(set(parameters)))
    # A URL may hold anything a client can send; a lone surrogate must fail the comparison, not the encoder.
    mac = hmac.new(token.encode(), text.encode(errors="surrogatepass"), _DIGESTS[algorithm])
    return b64encode(mac.digest()).decode()


def webhook_spellings(url: str) -> tuple[str, ...]:
    """The spellings of a webhook's URL that Twilio may have signed: without and with its port.

    "Signature generation on the back end is inconsistent" (`twilio.request_validator`). The fragment carries
    connection settings and is never sent; credentials are dropped.
    """
    url = url.partition("#")[0]
    parts = _URL.fullmatch(url)
    if parts is None:
        return (url,)
    scheme, host, rest = parts["scheme"], parts["host"], parts["rest"]
    port = parts["port"] or _DEFAULT_PORTS.get(scheme.lower(), "80")
    return f"{scheme}://{host}{rest}", f"{scheme}://{host}:{port}{rest}"


def socket_spellings(url: str) -> tuple[str, ...]:
    """The spellings of a media socket's URL that Twilio may have signed: those of a webhook, each with and without `/`.

    "If you are having trouble, try appending a trailing /" (Twilio, security).
    """
    bare = [spelling.removesuffix("/") for spelling in webhook_spellings(url)]
    return (*bare, *(f"{spelling}/" for spelling in bare))


@dataclass(frozen=True, slots=True)
class Claim:
    """What a request's headers claim about who signed it."""

    signature: str
    algorithm: Algorithm


def read_claim(headers: Mapping[str, str]) -> Claim:
    """The claim that a request's headers make.

    Raises:
        SignatureError: they make none, or none that can be checked.
    """
    given = headers.get(HEADER, "")
    if not given:
        raise SignatureError(SignatureFault.MISSING, f"header {HEADER} is missing")
    for setting in headers.get(SETTINGS_HEADER, "").split(","):
        name, _, value = setting.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return Claim(given, _algorithm(value.strip()))
    return Claim(given, Algorithm.HMAC_SHA1)


def check(
    claim: Claim,
    tokens: Sequence[str],
    spellings: Sequence[str],
    parameters: Sequence[tuple[str, str]] = (),
) -> None:
    """Make sure that the holder of one of the tokens signed one of the spellings with these parameters.

    Raises:
        SignatureError: nobody who holds one can have.
    """
    given = claim.signature.encode(errors="surrogatepass")
    matches = [
        hmac.compare_digest(sign(token, url, parameters, claim.algorithm).encode(), given)
        for token in tokens
        for url in spellings
    ]
    if not any(matches):
        raise SignatureError(SignatureFault.MISMATCH, f"header {HEADER} does not match the request")


def _algorithm(name: str) -> Algorithm:
    try:
        return Algorithm(name.upper())
    except ValueError as exc:
        detail = f"header {SETTINGS_HEADER} names an algorithm that is not known: {name[:40]!a}"
        raise SignatureError(SignatureFault.MALFORMED, detail) from exc
