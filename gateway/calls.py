"""Who a call is and how it ended: the words that every other module uses for it. Sans-I/O."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

CallId = NewType("CallId", str)
"""Ours, `call_…`: the same in every replica, in paths, logs and the ledger."""
CarrierCallId = NewType("CarrierCallId", str)
"""The carrier's: Twilio's `CA…`, Telnyx' call control id (opaque, may hold `:`)."""
SessionId = NewType("SessionId", str)
"""Kallglot's `sess_…`."""
TicketId = NewType("TicketId", str)
"""The secret in a media socket's path."""


class Carrier(StrEnum):
    """Who carries the caller's leg."""

    TWILIO = "twilio"
    TELNYX = "telnyx"


class Direction(StrEnum):
    """Which way audio goes, seen from the gateway: `in` from the caller, `out` to the caller."""

    IN = "in"
    OUT = "out"


class Fault(StrEnum):
    """Whose doing the end of a call was."""

    NOBODY = "nobody"
    CALLER = "caller"
    CARRIER = "carrier"
    KALLGLOT = "kallglot"
    OPERATOR = "operator"
    GATEWAY = "gateway"


class EndReason(StrEnum):
    """Why a call ended: the one word that ledger, log and metric use."""

    CALLER_HUNG_UP = "caller_hung_up"
    """The carrier's `stop`, or its status callback, said that the call is over."""
    SESSION_ENDED = "session_ended"
    """Kallglot ended the session; the caller went on to the route's `after`."""
    SESSION_ERROR = "session_error"
    """Kallglot reported an error on the stream."""
    SESSION_REFUSED = "session_refused"
    """Kallglot refused to create the session."""
    KALLGLOT_UNAVAILABLE = "kallglot_unavailable"
    """Kallglot could not be reached, or never became ready."""
    MEDIA_LOST = "media_lost"
    """The carrier's media socket was lost and the caller did not come back."""
    MEDIA_SILENT = "media_silent"
    """The media socket was opened and then said nothing."""
    MEDIA_MISSING = "media_missing"
    """The document was answered but no media socket ever came."""
    MEDIA_INVALID = "media_invalid"
    """The carrier sent what no gateway can carry: an unsupported codec, a message beyond every limit."""
    DOCUMENT_FAILED = "document_failed"
    """The carrier could not fetch or follow our document and asked the fallback URL."""
    RESUMED_TOO_OFTEN = "resumed_too_often"
    """The stream broke again and again."""
    DRAINED = "drained"
    """The replica had to go and nobody took the call over."""
    INTERNAL_ERROR = "internal_error"
    """A bug here."""


FAULT_OF: Mapping[EndReason, Fault] = {
    EndReason.CALLER_HUNG_UP: Fault.NOBODY,
    EndReason.SESSION_ENDED: Fault.NOBODY,
    EndReason.SESSION_ERROR: Fault.KALLGLOT,
    EndReason.SESSION_REFUSED: Fault.KALLGLOT,
    EndReason.KALLGLOT_UNAVAILABLE: Fault.KALLGLOT,
    EndReason.MEDIA_LOST: Fault.CARRIER,
    EndReason.MEDIA_SILENT: Fault.CARRIER,
    EndReason.MEDIA_MISSING: Fault.CARRIER,
    EndReason.MEDIA_INVALID: Fault.CARRIER,
    EndReason.DOCUMENT_FAILED: Fault.GATEWAY,
    EndReason.RESUMED_TOO_OFTEN: Fault.CARRIER,
    EndReason.DRAINED: Fault.OPERATOR,
    EndReason.INTERNAL_ERROR: Fault.GATEWAY,
}


def call_id_for(carrier: Carrier, carrier_call_id: CarrierCallId) -> CallId:
    """Our id for a carrier's call.

    Derived, so that every replica that is told of the call, however often, knows it by the same id, and the
    id can be neither guessed from another call's nor read back into the carrier's.
    """
    digest = hashlib.sha256(f"{carrier}:{carrier_call_id}".encode()).digest()
    return CallId("call_" + base64.b32encode(digest[:16]).decode().rstrip("=").lower())


@dataclass(frozen=True, slots=True)
class Say:
    """Words the carrier speaks to the caller."""

    text: str
    language: str = "en-US"


@dataclass(frozen=True, slots=True)
class SipOrigin:
    """What a call from a SIP domain brings beside its addresses."""

    domain: str
    """The SIP domain that was called, `acme.sip.twilio.com`."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """The INVITE's `X-…` headers, by name."""


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """A carrier's request for what to do with a caller, in nobody's dialect."""

    carrier: Carrier
    carrier_call_id: CarrierCallId
    account_id: str
    caller: str
    """E.164 number, `sip:` address, `client:` name, or "" where the caller withheld it."""
    called: str
    """E.164 number or `sip:` address, or "" where the carrier names none."""
    sip: SipOrigin | None = None
    error_code: str = ""
    """Of a request to the fallback URL: what was wrong with the document before, by the carrier's number."""
    is_over: bool = False
    """The carrier says that it has ended already."""

    @property
    def call_id(self) -> CallId:
        """Our id for this call."""
        return call_id_for(self.carrier, self.carrier_call_id)

    @property
    def is_document_at_fault(self) -> bool:
        """The carrier had our document and could not follow it, where it says so.

        Twilio's numbers: 11xxx, it could not be fetched; 11750, it was too large; 12xxx and above, it was none
        (https://www.twilio.com/docs/api/errors). Telnyx documents no number.
        """
        return bool(self.error_code) and (self.error_code == "11750" or not self.error_code.startswith("11"))


class CallStatus(StrEnum):
    """How a call stands at its carrier, as far as we care."""

    IN_PROGRESS = "in_progress"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class StatusReport:
    """A carrier's status callback: the call goes on, or it is over."""

    carrier: Carrier
    carrier_call_id: CarrierCallId
    status: CallStatus
    said: str
    """The carrier's own word, `completed`, `no-answer`, …"""
    sent_unix_ms: int | None = None
    """When the carrier says that it happened; None where it does not."""

    @property
    def call_id(self) -> CallId:
        """Our id for this call."""
        return call_id_for(self.carrier, self.carrier_call_id)


class StreamStatus(StrEnum):
    """What became of a media stream, by the carrier's stream status callback."""

    STARTED = "started"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StreamReport:
    """A carrier's stream status callback."""

    carrier: Carrier
    carrier_call_id: CarrierCallId
    status: StreamStatus
    error: str
    """The carrier's words or code for what failed, "" where nothing did."""
    sent_unix_ms: int | None = None
    """As with a `StatusReport`."""
