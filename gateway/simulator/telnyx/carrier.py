"""Telnyx' TeXML webhooks, and what its `<Stream>` comes to. Sans-I/O.

References: https://developers.telnyx.com/docs/voice/programmable-voice/texml-instruction-fetching and
https://developers.telnyx.com/docs/voice/programmable-voice/texml-verbs/stream
"""

import base64
import dataclasses
import secrets
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit, urlunsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audio.formats import AudioFormat, ByteOrder, Encoding
from gateway.simulator.dialect import (
    CallStatus,
    Complaint,
    DialFailure,
    FetchFailure,
    Leg,
    Parameters,
    Request,
    SocketFailure,
    StreamEvent,
    StreamTerms,
)
from gateway.simulator.markup import Stream
from gateway.simulator.overrides import ONCE, Patience
from gateway.simulator.telnyx.media import TelnyxStream
from gateway.simulator.telnyx.signature import sign

ACCOUNT_ID = "6a9a7976-012e-45d2-9258-6f5dc68d861e"
_CONNECTION_ID = "1568109700606592442"
_STREAM_EVENTS = {
    StreamEvent.STARTED: "stream-started",
    StreamEvent.STOPPED: "stream-stopped",
    StreamEvent.FAILED: "stream-failed",
}
CONNECTION_FAILED = "connection_failed"
_HANGUP_CAUSES = {
    CallStatus.COMPLETED: "normal_clearing",
    CallStatus.BUSY: "user_busy",
    CallStatus.FAILED: "call_rejected",
    CallStatus.NO_ANSWER: "originator_cancel",
}
_G711 = frozenset({Encoding.PCMU, Encoding.PCMA})
_DECLARED_8K = frozenset({Encoding.PCMU, Encoding.PCMA, Encoding.G722})


class TelnyxCarrier:
    """Telnyx' side of one call."""

    stream_attributes = frozenset(
        {
            "url", "track", "name", "codec", "bidirectionalMode", "bidirectionalCodec", "bidirectionalSamplingRate",
            "statusCallback", "statusCallbackMethod", "enableReconnect",
        }
    )  # fmt: skip
    rings = False
    follows_action = False

    def __init__(self, leg: Leg, key: Ed25519PrivateKey | None) -> None:
        self._leg = leg
        self._key = key

    def voice(self, *, answered: bool) -> Parameters:  # noqa: ARG002 - Telnyx answers before it asks
        leg = self._leg
        return [
            ("AccountSid", leg.account_id),
            ("CallSid", leg.call_id),
            ("CallSidLegacy", leg.call_id),
            ("CallStatus", "in-progress"),
            ("CallerId", leg.caller),
            ("CallingPartyType", "sip" if leg.sip else "pstn"),
            ("ConnectionId", _CONNECTION_ID),
            ("From", leg.caller),
            ("FromSipUri", _sip_uri(leg.caller)),
            ("To", leg.called),
            ("ToSipUri", _sip_uri(leg.called)),
            # Documented nowhere; those who log what they are sent see them named as Twilio names them.
            *((f"SipHeader_{name}", value) for name, value in leg.sip_headers.items()),
        ]

    def fetch_failed(self, url: str, failure: FetchFailure) -> Parameters:  # noqa: ARG002 - none are documented
        return []

    def dialled(self, status: CallStatus, duration_s: int) -> Parameters:
        return [("DialCallStatus", status), ("DialCallDuration", str(duration_s))]

    def begun(self, unix_ms: int) -> Sequence[Parameters]:
        # "The call is answered and the instruction fetch request is sent": both are over before the fetch.
        attested = [("ShakenStirAttestation", "A"), ("ShakenStirValidated", "true")]
        initiated = [("CallInitiatedAt", _moment(unix_ms)), ("CallerId", self._leg.caller), *attested]
        return [
            self._progress("initiated", 0, unix_ms, initiated),
            self._progress("in-progress", 2, unix_ms, ()),
        ]

    def ended(self, status: CallStatus, duration_s: int, unix_ms: int) -> Parameters:
        ended = [
            ("CallDuration", str(duration_s)),
            ("CallQualityStats", '{"mos":4.2,"jitter":10,"packet_loss":0.5}'),
            ("HangupCause", _HANGUP_CAUSES[status]),
            ("HangupSource", "caller"),
        ]
        return self._progress(status, 3, unix_ms, ended)

    def _progress(self, status: str, number: int, unix_ms: int, more: Parameters) -> Parameters:
        leg = self._leg
        return [
            ("AccountSid", leg.account_id),
            ("CallSid", leg.call_id),
            ("CallSidLegacy", leg.call_id),
            ("CallStatus", status),
            ("CallbackSource", "call-progress-events"),
            ("ConnectionId", _CONNECTION_ID),
            ("From", leg.caller),
            ("SequenceNumber", str(number)),
            ("Timestamp", _moment(unix_ms)),
            ("To", leg.called),
            *more,
        ]

    def stream_event(self, event: StreamEvent, stream_id: str, name: str, error: str, unix_ms: int) -> Parameters:
        return [
            ("AccountSid", self._leg.account_id),
            ("CallSid", self._leg.call_id),
            ("CallSidLegacy", self._leg.call_id),
            ("StreamEvent", _STREAM_EVENTS[event]),
            ("StreamName", name),
            ("StreamSid", stream_id),
            ("Timestamp", _moment(unix_ms)),
            *([("StreamError", error)] if error else []),
        ]

    def request(self, method: str, url: str, parameters: Parameters, unix_ms: int) -> Request:
        headers: dict[str, str] = {"Accept": "*/*"}
        body = b""
        if method == "GET":
            parts = urlsplit(url)
            query = "&".join(filter(None, (parts.query, urlencode(parameters))))
            url = urlunsplit(parts._replace(query=query))
        else:
            body = urlencode(parameters).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if self._key is not None:
            headers |= sign(self._key, body, unix_ms // 1000)
        return Request(method, url, headers, body)

    def media_headers(self, url: str) -> Mapping[str, str]:  # noqa: ARG002 - Telnyx does not sign the handshake
        return {}

    def patience(self, url: str) -> Patience:  # noqa: ARG002 - it has no connection overrides
        return ONCE

    def dial_error(self, failure: DialFailure) -> str:  # noqa: ARG002 - the one reason that is documented
        return CONNECTION_FAILED

    def socket_error(self, failure: SocketFailure) -> str:  # noqa: ARG002 - the one reason that is documented
        return CONNECTION_FAILED

    def stream_error(self, code: str) -> str:
        return code

    def problems(self, document: bytes) -> list[Complaint]:
        if b"{{" in document:
            return [Complaint("mustache", "TeXML is a Mustache template: {{ in it is interpreted")]
        return []

    def terms(self, stream: Stream, voice: AudioFormat) -> StreamTerms:
        given = stream.attributes
        complaints: list[Complaint] = []
        refusal = ""
        hears = _sent_codec(given, voice.byte_order)
        if given.get("bidirectionalMode", "mp3") != "rtp":
            refusal = "bidirectionalMode is not 'rtp', so each payload must be an MP3 file"
        elif hears is None:
            refusal = f"bidirectionalCodec {given.get('bidirectionalCodec')!r} is not spoken by this simulator"
        if refusal:
            complaints.append(Complaint("stream", refusal))
        return StreamTerms(
            url=stream.url,
            speaks=_received_codec(given.get("codec", "default"), voice),
            hears=hears or AudioFormat(Encoding.PCMU),
            parameters=stream.parameters,
            refusal=refusal,
            complaints=tuple(complaints),
            reconnects=given.get("enableReconnect", "true") == "true",
        )

    def stream(self, stream_id: str, terms: StreamTerms) -> TelnyxStream:
        return TelnyxStream(stream_id=stream_id, leg=self._leg, terms=terms)

    def new_stream_id(self) -> str:
        return str(uuid.uuid4()).upper()


def new_call_id() -> str:
    """A call control id, opaque and of Telnyx' present form."""
    return f"v3:{base64.urlsafe_b64encode(secrets.token_bytes(40)).decode().rstrip('=')}"


def _received_codec(codec: str, voice: AudioFormat) -> AudioFormat:
    # "Transcoding is possible only between PCMU and PCMA"; where it is not, the call's codec is used silently.
    if voice.encoding in _G711 and codec in _G711:
        return dataclasses.replace(voice, encoding=Encoding(codec))
    return voice


def _sent_codec(given: Mapping[str, str], byte_order: ByteOrder) -> AudioFormat | None:
    codec = given.get("bidirectionalCodec", "PCMU")
    rate = given.get("bidirectionalSamplingRate", "8000")
    if codec == Encoding.L16 and rate in {"8000", "16000", "24000"}:
        return AudioFormat(Encoding.L16, int(rate), byte_order)
    return AudioFormat(Encoding(codec)) if codec in _DECLARED_8K else None


def _sip_uri(address: str) -> str:
    return address.removeprefix("sip:") if "@" in address else f"{address}@10.239.182.10"


def _moment(unix_ms: int) -> str:
    return f"{datetime.fromtimestamp(unix_ms // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
