"""How an event reaches an endpoint: signed, and again until it is taken. Sans-I/O.

Documents: "Verify signatures" (`Kallglot-Signature: t=<unix s>,v1=<hex HMAC-SHA256 of "{t}.{raw body}">`) and "Retry
policy" (eight attempts, exponential with jitter, 30 s for an answer, three headers).
"""

import hashlib
import hmac
from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

RETRY_AFTER_S = (0, 60, 300, 1800, 7200, 18_000, 36_000, 86_400)
"""From one attempt to the next; after the last the delivery has failed for good, about 41 hours on."""
JITTER = 0.1
"""Each delay is up to a tenth longer."""
ANSWER_WITHIN_S = 30.0


class DeliveryStatus(StrEnum):
    """How it went."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Delivery(Struct, kw_only=True):
    """One event for one endpoint."""

    id: str
    """`wh_del_…`, the same at every attempt."""
    endpoint_id: str
    event_id: str
    event_type: str
    created_s: int
    """Unix seconds of the event."""
    status: DeliveryStatus = DeliveryStatus.PENDING
    attempts: int = 0
    last_status: int | None = None
    """Of the endpoint's latest answer; None where it gave none."""


def delays_s(scale: float, jitter: Iterator[float]) -> Iterator[float]:
    """How long to wait before each attempt; `scale` compresses them, `jitter` gives numbers from 0 to 1."""
    for delay_s in RETRY_AFTER_S:
        yield delay_s * scale * (1 + JITTER * next(jitter))


def signature(secret: str, unix_s: int, body: bytes) -> str:
    """The value of `Kallglot-Signature`."""
    signed = hmac.new(secret.encode(), b"%d." % unix_s + body, hashlib.sha256).hexdigest()
    return f"t={unix_s},v1={signed}"


def headers(delivery: Delivery, secret: str, unix_s: int, body: bytes) -> dict[str, str]:
    """What the next attempt is sent with."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "Kallglot-Webhooks/1.0",
        "Kallglot-Signature": signature(secret, unix_s, body),
        "Kallglot-Webhook-Id": delivery.id,
        "Kallglot-Retry-Count": str(delivery.attempts),
        "Kallglot-Original-Timestamp": str(delivery.created_s),
    }
