"""Telnyx' webhooks: who may call them, what they say, what we answer. Sans-I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.audio.formats import AudioFormat, ByteOrder, Encoding
from gateway.calls import Carrier, IncomingCall, StatusReport, StreamReport
from gateway.carriers.base import Document, WebhookRequest
from gateway.carriers.forms import quoted, read_form
from gateway.carriers.reports import status_report, stream_report
from gateway.carriers.telnyx import signature, texml
from gateway.carriers.telnyx.media import TelnyxMedia
from gateway.carriers.telnyx.parameters import STREAM_EVENTS, incoming_call
from gateway.errors import ConfigError, SignatureError, SignatureFault

INBOUND_CODECS = ("PCMU", "PCMA", "G722", "OPUS", "AMR-WB", "L16", "default")
"""Values of `<Stream codec>`; `default` is the call's own."""
BIDIRECTIONAL_RATES_HZ: Mapping[str, tuple[int, ...]] = {
    "PCMU": (8000,),
    "PCMA": (8000,),
    "G722": (8000,),
    "L16": (8000, 16000, 24000),
}
"""What we can speak to Telnyx, and the values of `<Stream bidirectionalSamplingRate>` for it."""


@dataclass(frozen=True, slots=True)
class TelnyxPolicy:
    """What the operator says about Telnyx."""

    public_keys: tuple[str, ...] = ()
    """The account's Ed25519 public key, base64 as Mission Control shows it; while it changes, both."""
    require_signature: bool = True
    """Whether requests without a signature are refused; one that is there is checked either way, given a key."""
    allow_cidrs: tuple[str, ...] = ()
    """Networks that webhooks and media sockets may come from; none named means any."""
    codec: str = "PCMU"
    """What we ask to hear; Telnyx may send another."""
    bidirectional_codec: str = "PCMU"
    """What we speak."""
    bidirectional_sampling_rate: int = 8000
    """Hertz."""
    l16_byte_order: ByteOrder = ByteOrder.BIG
    """RFC 3551 says big; measurements of Telnyx disagree with each other."""


class TelnyxWebhooks:
    """Telnyx' dialect of webhooks and documents.

    The signature covers a POST's body and nothing of a GET: give the application `voice_method` `post`, and
    Telnyx' networks in `allow_cidrs`.

    Raises:
        ConfigError: the policy cannot be followed; every problem, named by its setting.
    """

    carrier = Carrier.TELNYX

    def __init__(self, policy: TelnyxPolicy) -> None:
        problems: list[str] = []
        self._require_signature = policy.require_signature
        self._keys = _public_keys(policy.public_keys, problems)
        self._networks = _networks(policy.allow_cidrs, problems)
        problems += _audio_problems(policy)
        if problems:
            raise ConfigError(problems)
        self._audio = texml.StreamAudio(policy.codec, policy.bidirectional_codec, policy.bidirectional_sampling_rate)
        self._outgoing = _outgoing(policy)
        self._l16_byte_order = policy.l16_byte_order

    def verify(self, request: WebhookRequest, now_s: int) -> None:
        signature.check_address(request.client_ip, self._networks)
        if not self._require_signature and (not self._keys or not signature.claims_signature(request.headers)):
            return
        if not self._keys:
            detail = "telnyx.public_key is empty: no signature can be checked"
            raise SignatureError(SignatureFault.UNCONFIGURED, detail)
        # Of a GET we read the query only; a body beside it must not lend it a POST's signature.
        body = b"" if request.method == "GET" else request.body
        signature.verify(self._keys, request.headers, body, now_s)

    def verify_media(self, url: str, headers: Mapping[str, str], client_ip: str) -> None:  # noqa: ARG002 - Telnyx signs no handshake
        signature.check_address(client_ip, self._networks)

    def parse_voice(self, request: WebhookRequest) -> IncomingCall:
        return incoming_call(read_form(request))

    def parse_status(self, request: WebhookRequest) -> StatusReport:
        return status_report(self.carrier, read_form(request))

    def parse_stream_status(self, request: WebhookRequest) -> StreamReport:
        return stream_report(self.carrier, read_form(request), STREAM_EVENTS)

    def document(self, document: Document) -> bytes:
        return texml.render(document, self._audio)

    def media(self) -> TelnyxMedia:
        return TelnyxMedia(self._outgoing, self._l16_byte_order)


def _outgoing(policy: TelnyxPolicy) -> AudioFormat:
    encoding = Encoding(policy.bidirectional_codec)
    byte_order = policy.l16_byte_order if encoding is Encoding.L16 else ByteOrder.BIG
    return AudioFormat(encoding, policy.bidirectional_sampling_rate, byte_order)


def _public_keys(texts: Sequence[str], problems: list[str]) -> list[Ed25519PublicKey]:
    keys = []
    for text in filter(str.strip, texts):
        try:
            keys.append(signature.load_public_key(text))
        except ValueError:
            problems.append(f"telnyx.public_key must be base64 of 32 bytes, not {quoted(text)}")
    return keys


def _networks(cidrs: Sequence[str], problems: list[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    networks = []
    for cidr in cidrs:
        try:
            networks.append(ip_network(cidr.strip()))
        except ValueError as exc:
            problems.append(f"telnyx.allow_cidrs must hold networks like 192.76.120.128/29: {exc}")
    return tuple(networks)


def _audio_problems(policy: TelnyxPolicy) -> list[str]:
    problems = []
    if policy.codec not in INBOUND_CODECS:
        known = ", ".join(INBOUND_CODECS)
        problems.append(f"telnyx.codec must be one of {known}, not {quoted(policy.codec)}")
    codec, rate_hz = policy.bidirectional_codec, policy.bidirectional_sampling_rate
    rates_hz = BIDIRECTIONAL_RATES_HZ.get(codec)
    if rates_hz is None:
        known = ", ".join(BIDIRECTIONAL_RATES_HZ)
        problems.append(f"telnyx.bidirectional_codec must be one of {known}, not {quoted(codec)}")
    elif rate_hz not in rates_hz:
        allowed = " or ".join(map(str, rates_hz))
        problems.append(f"telnyx.bidirectional_sampling_rate must be {allowed} for {codec}, not {rate_hz}")
    return problems
