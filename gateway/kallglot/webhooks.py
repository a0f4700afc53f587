"""Kallglot's signed events. Sans-I/O.

Wire reference: https://developer.kallglot.com/webhooks/signatures (`Kallglot-Signature: t=<unix s>,v1=<hex>`, where v1
is HMAC-SHA256 over `{t}.{raw body}`) and https://developer.kallglot.com/webhooks/overview (the envelope).
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from gateway.calls import SessionId
from gateway.errors import SignatureError, SignatureFault, WebhookError

HEADER = "kallglot-signature"

TOLERANCE_S = 300
"""How old or early a signature may be; Kallglot names no figure, the carriers and Stripe use five minutes."""

_SESSION_PREFIX = "sess_"
_timestamp = re.compile(r"[0-9]{1,12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class KallglotEvent:
    """Something happened to a session."""

    id: str
    """`evt_…`; deliveries are repeated, this stays."""
    type: str
    """`session.ended`, `transcript.ready`, …"""
    session_id: SessionId | None
    """None where the event is about no session, or does not say about which."""
    created_at: str | None
    """ISO 8601."""


class _Subject(Struct):
    id: object = None
    session_id: object = None


class _Envelope(Struct):
    id: Annotated[str, Meta(min_length=1)]
    type: Annotated[str, Meta(min_length=1)]
    created_at: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")
    """Documented of `session.ended` alone: whatever else an event brings, it is one, and would be told for two days."""


_decoder = msgspec.json.Decoder(_Envelope)
_subject_decoder = msgspec.json.Decoder(_Subject)


def verify(secrets: tuple[str, ...], header: str | None, body: bytes, now_s: int) -> None:
    """Make sure that Kallglot sent it, and just now.

    Any one `v1` has to match any one secret: while a secret is being replaced there may be two, here as there.

    Raises:
        SignatureError: it cannot have.
    """
    known = [secret.encode() for secret in secrets if secret.strip()]
    if not known:
        raise SignatureError(SignatureFault.UNCONFIGURED, "kallglot.webhook_secret is not set")
    if not header:
        raise SignatureError(SignatureFault.MISSING, "no Kallglot-Signature header")
    signed_at, signatures = _split(header)
    signed = signed_at.encode() + b"." + body
    expected = [hmac.new(secret, signed, hashlib.sha256).hexdigest().encode() for secret in known]
    given = [signature.lower().encode(errors="replace") for signature in signatures]
    if not any(hmac.compare_digest(ours, theirs) for ours in expected for theirs in given):
        raise SignatureError(SignatureFault.MISMATCH, "Kallglot-Signature does not match the body")
    if abs(now_s - int(signed_at)) > TOLERANCE_S:
        raise SignatureError(
            SignatureFault.STALE, f"Kallglot-Signature is of {signed_at}, more than {TOLERANCE_S} s from {now_s}"
        )


def parse(body: bytes) -> KallglotEvent:
    """Read an event's envelope.

    Raises:
        WebhookError: it is not one.
    """
    try:
        envelope = _decoder.decode(body)
    # msgspec raises ValueErrors of several kinds, and RecursionError for what is nested too deeply.
    except (ValueError, RecursionError) as exc:
        raise WebhookError(f"not a Kallglot event: {exc}") from exc
    return KallglotEvent(envelope.id, envelope.type, _session_of(envelope.data), envelope.created_at)


def _split(header: str) -> tuple[str, list[str]]:
    fields = [field.strip().partition("=") for field in header.split(",")]
    times = [value for name, _, value in fields if name == "t"]
    signatures = [value for name, _, value in fields if name == "v1"]
    if len(times) != 1 or not _timestamp.fullmatch(times[0]) or not signatures:
        raise SignatureError(SignatureFault.MALFORMED, "Kallglot-Signature must be t=<unix seconds>,v1=<hex>")
    return times[0], signatures


def _session_of(data: msgspec.Raw) -> SessionId | None:
    """The session an event is about: `data` is the session itself, or names it."""
    try:
        subject = _subject_decoder.decode(data)
    except (ValueError, RecursionError):
        return None
    named = subject.session_id
    if not named and str(subject.id).startswith(_SESSION_PREFIX):
        named = subject.id
    return SessionId(named) if isinstance(named, str) and named else None
