"""A carrier by hand: signed webhooks and media sockets, one step at a time."""

import base64
import re
import secrets
import time
from collections.abc import Mapping
from urllib.parse import urlencode

import httpx
import websockets
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from twilio.request_validator import RequestValidator
from websockets.asyncio.client import ClientConnection

from gateway.calls import Carrier
from tests.fakes.world import AUTH_TOKEN, SEED, World

FORM = "application/x-www-form-urlencoded"


def new_call_id(carrier: Carrier) -> str:
    """As the carrier would name a call."""
    return f"CA{secrets.token_hex(16)}" if carrier is Carrier.TWILIO else f"v3:{secrets.token_urlsafe(24)}"


def voice_form(call_id: str, **more: str) -> dict[str, str]:
    """What both carriers say of a call."""
    return {
        "CallSid": call_id,
        "AccountSid": "AC" + "0" * 32,
        "From": "+14155550100",
        "To": "+14155551234",
        "CallStatus": "ringing",
        "ToCity": "",
        **more,
    }


def signed_headers(
    carrier: Carrier, url: str, form: Mapping[str, str], *, token: str = AUTH_TOKEN, seed: bytes = SEED
) -> dict[str, str]:
    """The headers with which the carrier sends the form to the URL."""
    if carrier is Carrier.TWILIO:
        signature = RequestValidator(token).compute_signature(url, dict(form))
        return {"content-type": FORM, "x-twilio-signature": signature}
    stamp = str(int(time.time()))  # noqa: TID251 - a carrier's own clock
    signed = Ed25519PrivateKey.from_private_bytes(seed).sign(f"{stamp}|{urlencode(form)}".encode())
    return {
        "content-type": FORM,
        "telnyx-timestamp": stamp,
        "telnyx-signature-ed25519": base64.b64encode(signed).decode(),
    }


async def post(
    client: httpx.AsyncClient, world: World, carrier: Carrier, path: str, form: Mapping[str, str]
) -> httpx.Response:
    """Send a signed webhook to `/webhooks/{carrier}{path}`."""
    url = f"{world.url}/webhooks/{carrier}{path}"
    return await client.post(url, content=urlencode(form).encode(), headers=signed_headers(carrier, url, form))


def media_url(document: str) -> str:
    """The media socket that a document points at."""
    found = re.search(r'<Stream[^>]* url="([^"]+)"', document)
    assert found, document
    return found[1]


async def dial(url: str, *, signed: bool = True) -> ClientConnection:
    """Open a media socket as Twilio does; Telnyx signs none and is not disturbed by one."""
    headers = {"X-Twilio-Signature": RequestValidator(AUTH_TOKEN).compute_signature(url, {})} if signed else {}
    return await websockets.connect(url, additional_headers=headers, compression=None)


async def arrive(client: httpx.AsyncClient, world: World, carrier: Carrier) -> tuple[str, str]:
    """A new call: the carrier's id and the media socket it is told to open."""
    call_id = new_call_id(carrier)
    answer = await post(client, world, carrier, "/voice", voice_form(call_id))
    assert answer.status_code == 200, answer.text
    return call_id, media_url(answer.text)
