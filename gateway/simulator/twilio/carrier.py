"""Twilio's webhooks, and what its `<Stream>` comes to. Sans-I/O.

Parameters and their order are those of a captured inbound request. Reference: https://www.twilio.com/docs/voice/twiml
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urlencode, urlsplit, urlunsplit

from gateway.audio.formats import PCMU_8K, AudioFormat
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
from gateway.simulator.overrides import Patience, patience
from gateway.simulator.twilio.media import TwilioStream
from gateway.simulator.twilio.signature import sign, signed_url

ACCOUNT_SID = "AC0123456789abcdef0123456789abcdef"
_PARAMETER_LIMIT = 500
"""Characters of a `<Parameter>`: name and value together must be under it."""
_STREAM_EVENTS = {
    StreamEvent.STARTED: "stream-started",
    StreamEvent.STOPPED: "stream-stopped",
    StreamEvent.FAILED: "stream-error",
}
_DIAL_ERRORS = {
    DialFailure.TIMEOUT: "31901",
    DialFailure.REFUSED: "31902",
    DialFailure.TLS: "31910",
    DialFailure.HANDSHAKE: "31920",
    DialFailure.SCHEME: "31922",
    DialFailure.MALFORMED_URL: "31923",
}
"""Of Twilio's error dictionary, https://www.twilio.com/docs/api/errors; so are those below."""
_SOCKET_ERRORS = {SocketFailure.LOST: "31903", SocketFailure.PROTOCOL: "31924"}
_FETCH_ERRORS = {FetchFailure.CONNECTION: "11205", FetchFailure.STATUS: "11200", FetchFailure.DOCUMENT: "12100"}
_POSTED = frozenset({"CallToken"})
"""Parameters that a GET does not carry: https://www.twilio.com/docs/voice/trusted-calling-with-shakenstir."""
_TITLES = {
    "31901": "Connection Timeout",
    "31902": "Connection Refused",
    "31903": "Connection Broken Pipe",
    "31910": "SSL Protocol Error",
    "31920": "Handshake Error",
    "31922": "URL Schema Not Supported",
    "31923": "Malformed URL",
    "31924": "Protocol Error",
}


class TwilioCarrier:
    """Twilio's side of one call."""

    stream_attributes = frozenset({"url", "name", "track", "statusCallback", "statusCallbackMethod"})
    rings = True
    follows_action = True

    def __init__(self, leg: Leg, auth_token: str | None) -> None:
        self._leg = leg
        self._auth_token = auth_token
        self._stream_names: set[str] = set()

    def voice(self, *, answered: bool) -> Parameters:
        return self._call("in-progress" if answered else "ringing")

    def fetch_failed(self, url: str, failure: FetchFailure) -> Parameters:
        return [("ErrorCode", _FETCH_ERRORS[failure]), ("ErrorUrl", url)]

    def dialled(self, status: CallStatus, duration_s: int) -> Parameters:
        return [("DialCallStatus", status), ("DialCallSid", new_call_id()), ("DialCallDuration", str(duration_s))]

    def begun(self, unix_ms: int) -> Sequence[Parameters]:  # noqa: ARG002 - an inbound number's callback comes at the end
        return []

    def ended(self, status: CallStatus, duration_s: int, unix_ms: int) -> Parameters:
        return [
            *self._call(status),
            ("CallDuration", str(duration_s)),
            ("Duration", str(-(-duration_s // 60))),
            ("Timestamp", format_datetime(datetime.fromtimestamp(unix_ms // 1000, UTC))),
            ("CallbackSource", "call-progress-events"),
            ("SequenceNumber", "0"),
        ]

    def stream_event(self, event: StreamEvent, stream_id: str, name: str, error: str, unix_ms: int) -> Parameters:
        moment = datetime.fromtimestamp(unix_ms / 1000, UTC)
        return [
            ("AccountSid", self._leg.account_id),
            ("CallSid", self._leg.call_id),
            ("StreamSid", stream_id),
            ("StreamName", name or stream_id),
            ("StreamEvent", _STREAM_EVENTS[event]),
            *([("StreamError", error)] if error else []),
            ("Timestamp", f"{moment:%Y-%m-%dT%H:%M:%S}.{unix_ms % 1000:03}000000Z"),
        ]

    def request(self, method: str, url: str, parameters: Parameters, unix_ms: int) -> Request:  # noqa: ARG002 - Twilio does not sign the time
        headers = {
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            "Accept-Encoding": "gzip",
            "X-Home-Region": "us1",
        }
        body = b""
        if method == "GET":
            url = _with_query(url, [(name, value) for name, value in parameters if name not in _POSTED])
            parameters = ()
        else:
            body = urlencode(parameters).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        if self._auth_token is not None:
            headers["X-Twilio-Signature"] = sign(self._auth_token, signed_url(url), parameters)
        return Request(method, url, headers, body)

    def media_headers(self, url: str) -> Mapping[str, str]:
        return {} if self._auth_token is None else {"X-Twilio-Signature": sign(self._auth_token, url)}

    def patience(self, url: str) -> Patience:
        return patience(url)

    def dial_error(self, failure: DialFailure) -> str:
        return _DIAL_ERRORS[failure]

    def socket_error(self, failure: SocketFailure) -> str:
        return _SOCKET_ERRORS[failure]

    def stream_error(self, code: str) -> str:
        return f"Stream - {_TITLES[code]} ({code})"

    def problems(self, document: bytes) -> list[Complaint]:  # noqa: ARG002 - TwiML is no template
        return []

    def terms(self, stream: Stream, voice: AudioFormat) -> StreamTerms:  # noqa: ARG002 - Twilio transcodes every leg
        complaints = []
        name = stream.attributes.get("name", "")
        if name in self._stream_names:
            complaints.append(Complaint("stream", f"<Stream name> must be unique in a call, and {name!r} was there"))
        elif name:
            self._stream_names.add(name)
        parts = urlsplit(stream.url)
        if parts.query:
            complaints.append(
                Complaint(
                    _DIAL_ERRORS[DialFailure.HANDSHAKE],
                    "a query string is not supported in <Stream url> and is dropped",
                )
            )
        for key, value in stream.parameters.items():
            if len(key) + len(value) >= _PARAMETER_LIMIT:
                complaints.append(Complaint("parameter", f"<Parameter> {key!r} has {len(key) + len(value)} characters"))
        url = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
        return StreamTerms(url, PCMU_8K, PCMU_8K, stream.parameters, complaints=tuple(complaints))

    def stream(self, stream_id: str, terms: StreamTerms) -> TwilioStream:
        return TwilioStream(
            stream_sid=stream_id,
            call_sid=self._leg.call_id,
            account_sid=self._leg.account_id,
            parameters=terms.parameters,
        )

    def new_stream_id(self) -> str:
        return f"MZ{secrets.token_hex(16)}"

    def _call(self, status: str) -> Parameters:
        return self._sip_call(status) if self._leg.sip else self._telephone_call(status)

    def _telephone_call(self, status: str) -> Parameters:
        leg = self._leg
        caller, called = _Place(leg.caller, "LOS ANGELES", "CA", "91604"), _Place(leg.called, "", "CA", "")
        token = json.dumps({"parentCallInfoToken": f"eyJhbGciOiJFUzI1NiJ9.{leg.call_id}"}, separators=(",", ":"))
        verified = [("StirVerstat", "TN-Validation-Passed-A")] if leg.caller.startswith("+") else []
        return [
            ("Called", leg.called),
            ("ToState", called.state),
            ("CallerCountry", caller.country),
            ("Direction", "inbound"),
            ("CallerState", caller.state),
            ("ToZip", called.zip),
            ("CallSid", leg.call_id),
            ("To", leg.called),
            ("CallerZip", caller.zip),
            ("ToCountry", called.country),
            *verified,
            ("CallToken", token),
            ("CalledZip", called.zip),
            ("ApiVersion", "2010-04-01"),
            ("CalledCity", called.city),
            ("CallStatus", status),
            ("From", leg.caller),
            ("AccountSid", leg.account_id),
            ("CalledCountry", called.country),
            ("CallerCity", caller.city),
            ("ToCity", called.city),
            ("FromCountry", caller.country),
            ("Caller", leg.caller),
            ("FromCity", caller.city),
            ("CalledState", called.state),
            ("FromZip", caller.zip),
            ("FromState", caller.state),
        ]

    def _sip_call(self, status: str) -> Parameters:
        leg = self._leg
        return [
            ("Called", leg.called),
            ("Direction", "inbound"),
            ("CallSid", leg.call_id),
            ("To", leg.called),
            ("ApiVersion", "2010-04-01"),
            ("CallStatus", status),
            ("From", leg.caller),
            ("AccountSid", leg.account_id),
            ("Caller", leg.caller),
            ("SipDomain", _sip_domain(leg.called)),
            ("SipDomainSid", "SD" + leg.account_id[2:]),
            ("SipCallId", f"{leg.call_id[2:]}@203.0.113.7"),
            ("SipSourceIp", "203.0.113.7"),
            *((f"SipHeader_{name}", value) for name, value in leg.sip_headers.items()),
        ]


def new_call_id() -> str:
    """A call SID."""
    return f"CA{secrets.token_hex(16)}"


def _sip_domain(uri: str) -> str:
    """Its host alone: `sip:bob@acme.sip.twilio.com:5061;transport=tls` has a port and a parameter behind it."""
    return uri.rpartition("@")[2].partition(";")[0].partition(":")[0]


class _Place:
    """Where a number is at home; blank, as Twilio sends it, where the captured request does not tell."""

    def __init__(self, number: str, city: str, state: str, zip_code: str) -> None:
        known = number.startswith("+1")
        self.country = "US" if known else ""
        self.city, self.state, self.zip = (city, state, zip_code) if known else ("", "", "")


def _with_query(url: str, parameters: Parameters) -> str:
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(parameters))))
    return urlunsplit(parts._replace(query=query))
