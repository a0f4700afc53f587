"""Telnyx' request signature, `telnyx-signature-ed25519`, and its source addresses. Sans-I/O.

Algorithm: https://developers.telnyx.com/development/api-fundamentals/webhooks/receiving-webhooks and
`telnyx/lib/webhook_verification.py`. Signed are the timestamp and the raw body; neither the URL nor its query is.
"""

import re
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.errors import SignatureError, SignatureFault

SIGNATURE_HEADER = "telnyx-signature-ed25519"
TIMESTAMP_HEADER = "telnyx-timestamp"
TOLERANCE_S = 300
"""The SDK's: a request signed longer ago, or as far in the future, may be a replay."""
SIGNATURE_BYTES = 64
"""Of every Ed25519 signature (RFC 8032 §5.1.6)."""

_TIMESTAMP = re.compile(r"[0-9]{1,12}")


def load_public_key(text: str) -> Ed25519PublicKey:
    """The account's public key as Telnyx shows it, in base64.

    Raises:
        ValueError: it is not base64 of 32 bytes.
    """
    return Ed25519PublicKey.from_public_bytes(b64decode(text.strip(), validate=True))


def claims_signature(headers: Mapping[str, str]) -> bool:
    """Whether a request carries anything of a signature."""
    return SIGNATURE_HEADER in headers or TIMESTAMP_HEADER in headers


def verify(keys: Iterable[Ed25519PublicKey], headers: Mapping[str, str], body: bytes, now_s: int) -> int:
    """Make sure that the holder of the account's private key signed this body, and lately.

    While the account's key changes there are two: returned is which of them signed, counted from 0.

    Raises:
        SignatureError: nobody of them can have.
    """
    signature, timestamp = headers.get(SIGNATURE_HEADER, ""), headers.get(TIMESTAMP_HEADER, "")
    if not signature or not timestamp:
        missing = TIMESTAMP_HEADER if signature else SIGNATURE_HEADER
        raise SignatureError(SignatureFault.MISSING, f"header {missing} is missing")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise SignatureError(SignatureFault.MALFORMED, f"header {TIMESTAMP_HEADER} must be Unix seconds")
    age_s = now_s - int(timestamp)
    if abs(age_s) > TOLERANCE_S:
        detail = f"header {TIMESTAMP_HEADER} is {age_s} s old; {TOLERANCE_S} s either way are allowed"
        raise SignatureError(SignatureFault.STALE, detail)
    made, signed = _decode(signature), timestamp.encode() + b"|" + body
    for number, key in enumerate(keys):
        with suppress(InvalidSignature):
            key.verify(made, signed)
            return number
    raise SignatureError(SignatureFault.MISMATCH, f"header {SIGNATURE_HEADER} does not match the body")


def check_address(client_ip: str, allowed: Sequence[IPv4Network | IPv6Network]) -> None:
    """Make sure that a request comes from one of the networks; where none is named, from anywhere.

    Raises:
        SignatureError: it does not.
    """
    if not allowed:
        return
    try:
        address: IPv4Address | IPv6Address | None = ip_address(client_ip)
    except ValueError:
        address = None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped  # how a dual-stack listener names an IPv4 client
    if address is None or not any(address in network for network in allowed):
        raise SignatureError(SignatureFault.ADDRESS, f"{client_ip[:60]!a} is in none of telnyx.allow_cidrs")


def _decode(signature: str) -> bytes:
    try:
        decoded = b64decode(signature, validate=True)
    except ValueError:
        decoded = b""
    if len(decoded) != SIGNATURE_BYTES:
        detail = f"header {SIGNATURE_HEADER} must be base64 of {SIGNATURE_BYTES} bytes"
        raise SignatureError(SignatureFault.MALFORMED, detail)
    return decoded
