"""Why a request's `telnyx-signature-ed25519` is refused. Sans-I/O."""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.carriers.captured import Captured
from gateway.carriers.diagnosis import Attempt, Diagnosis, masked
from gateway.carriers.telnyx import signature
from gateway.carriers.telnyx.mutilations import body_variants
from gateway.errors import SignatureError, SignatureFault

_EXPECTED = "timestamp|body, the body byte by byte as it came; Telnyx signs no URL"
_AS_IT_CAME = "body as it came"
_RIGHT = "the signature is right"
_ALTERED = "the body was altered by a proxy, or by whoever wrote it down: Telnyx signed it "
_NO_CLUE = (
    "telnyx.public_key matches neither the body nor any variant of it: it is another account's key, "
    "or the body was altered on the way"
)


def diagnose(
    captured: Captured,
    public_keys: Sequence[str],
    now_s: int,
    *,
    received_s: int | None = None,
    require_signature: bool = True,
) -> Diagnosis:
    """Find out what Telnyx signed: keys and requirement are settings, `received_s` is when it came, if known."""
    configured = [key for key in public_keys if key.strip()]
    if excuse := _excuse(captured, configured, require_signature=require_signature):
        return Diagnosis(is_right=True, verdict=excuse, expected="")
    keys = tuple(map(masked, configured))
    try:
        attempts = _try_bodies(captured, _load(configured))
    except SignatureError as exc:
        hint = ": Telnyx did not send it, or a proxy dropped it" if exc.fault is SignatureFault.MISSING else ""
        return Diagnosis(is_right=False, verdict=f"{exc}{hint}", expected=_EXPECTED, keys=keys)
    fitting = attempts[-1]
    is_right, verdict = False, _NO_CLUE
    if fitting.key is not None:
        which = f": key {fitting.key + 1} of {len(keys)} in telnyx.public_key made it" if len(keys) > 1 else ""
        right = _RIGHT + which
        is_right, verdict = (
            (False, _ALTERED + fitting.note) if fitting.note else _age(captured, right, now_s, received_s)
        )
    return Diagnosis(is_right, verdict, _EXPECTED, keys, tuple(attempts))


def _excuse(captured: Captured, public_keys: Sequence[str], *, require_signature: bool) -> str:
    """Why nothing is checked; "" where something is."""
    if captured.is_socket:
        return "Telnyx signs no media sockets: there is nothing to check"
    if not require_signature and not (public_keys and signature.claims_signature(captured.headers)):
        return "telnyx.require_signature is false: the gateway takes it as it is"
    return ""


def _load(public_keys: Sequence[str]) -> list[Ed25519PublicKey]:
    """The keys of the setting.

    Raises:
        SignatureError: there is none, or one is none.
    """
    if not public_keys:
        raise SignatureError(SignatureFault.UNCONFIGURED, "telnyx.public_key is empty: no signature can be checked")
    try:
        return list(map(signature.load_public_key, public_keys))
    except ValueError as exc:
        detail = "telnyx.public_key is not base64 of the 32 bytes of a key"
        raise SignatureError(SignatureFault.UNCONFIGURED, detail) from exc


def _try_bodies(captured: Captured, keys: Sequence[Ed25519PublicKey]) -> list[Attempt]:
    """All that was tried; where one fits it is the last.

    Raises:
        SignatureError: the headers are not such that any body could fit.
    """
    attempts = []
    for body, note in body_variants(captured):
        try:
            # At the time it names: its age is another matter.
            key = signature.verify(keys, captured.headers, body, _signed_at_s(captured))
        except SignatureError as exc:
            if exc.fault is not SignatureFault.MISMATCH:
                raise
            attempts.append(Attempt(note or _AS_IT_CAME, note, None))
        else:
            return [*attempts, Attempt(note or _AS_IT_CAME, note, key)]
    return attempts


def _signed_at_s(captured: Captured) -> int:
    """The time in the header, as far as it is one."""
    said = captured.headers.get(signature.TIMESTAMP_HEADER, "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) <= 12 else 0


def _age(captured: Captured, right: str, now_s: int, received_s: int | None) -> tuple[bool, str]:
    age_s = (now_s if received_s is None else received_s) - _signed_at_s(captured)
    said = f"header {signature.TIMESTAMP_HEADER} is outside the tolerance of {signature.TOLERANCE_S} s"
    if age_s < -signature.TOLERANCE_S:
        return False, f"{said}, {-age_s} s in the future: the clock here is slow ({right})"
    if age_s <= signature.TOLERANCE_S:
        return True, right
    if received_s is not None:
        return False, f"{said}, {age_s} s old when it was received: a replay, or a clock that is fast ({right})"
    return False, f"{said}, {age_s} s old by now: an old capture is judged by when it was received ({right})"
