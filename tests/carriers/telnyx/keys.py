"""A key pair to sign Telnyx' webhooks with: the one of the published vector."""

from base64 import b64encode
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.carriers.base import WebhookRequest
from gateway.carriers.telnyx.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER

PRIVATE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC_KEY = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
OTHER_PUBLIC_KEY = "ebVWLo/mVPlAeLES6KmLp5AfhTrmlb7X4OORC60ElmQ="
NOW_S = 1_700_000_000


def signature_headers(body: bytes, timestamp: str = str(NOW_S)) -> dict[str, str]:
    """The headers that Telnyx adds to this body."""
    signature = PRIVATE_KEY.sign(timestamp.encode() + b"|" + body)
    return {SIGNATURE_HEADER: b64encode(signature).decode(), TIMESTAMP_HEADER: timestamp}


def signed(request: WebhookRequest, timestamp: str = str(NOW_S)) -> WebhookRequest:
    """The request as Telnyx sends it."""
    return replace(request, headers={**request.headers, **signature_headers(request.body, timestamp)})
