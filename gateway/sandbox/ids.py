"""Prefixed ids and stream tokens, as the API overview lists them. Sans-I/O: randomness is handed in."""

import base64
from collections.abc import Callable

Entropy = Callable[[int], bytes]
"""Gives that many unpredictable bytes; `secrets.token_bytes`, or a counter in tests."""

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base 32 without I, L, O and U, as ULIDs are written."""


def new_id(prefix: str, unix_ms: int, entropy: Entropy) -> str:
    """`sess_01HXYZ…`: a prefix and a ULID (https://github.com/ulid/spec), so that ids sort by their time."""
    number = unix_ms << 80 | int.from_bytes(entropy(10), "big")
    return prefix + "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def new_stream_token(*, live: bool, entropy: Entropy) -> str:
    """`kst_live_…` or `kst_test_…` and 192 random bits."""
    secret = base64.urlsafe_b64encode(entropy(24)).decode()
    return f"kst_{'live' if live else 'test'}_{secret}"
