"""Signs as Telnyx does. Sans-I/O.

Reference: https://developers.telnyx.com/development/api-fundamentals/webhooks/receiving-webhooks
"""

import base64
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.errors import ConfigError

_SEED_BYTES = 32


def private_key(seed: str) -> Ed25519PrivateKey:
    """The key of a base64 seed.

    Raises:
        ConfigError: it is not 32 bytes in base64.
    """
    try:
        raw = base64.b64decode(seed, validate=True)
    except ValueError as exc:
        raise ConfigError([f"signing_seed must be base64: {exc}"]) from exc
    if len(raw) != _SEED_BYTES:
        raise ConfigError([f"signing_seed must hold 32 bytes, not {len(raw)}"])
    return Ed25519PrivateKey.from_private_bytes(raw)


def sign(key: Ed25519PrivateKey, body: bytes, unix_s: int) -> Mapping[str, str]:
    """The two headers that prove a request: Ed25519 over timestamp, `|` and the raw body. The URL is not signed."""
    signature = key.sign(str(unix_s).encode() + b"|" + body)
    return {
        "telnyx-signature-ed25519": base64.b64encode(signature).decode(),
        "telnyx-timestamp": str(unix_s),
    }
