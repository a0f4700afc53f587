"""What both carriers have in common, seen from the carrier's side. Sans-I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from gateway.audio.formats import AudioFormat
from gateway.simulator.markup import Stream
from gateway.simulator.overrides import Patience

Parameters = Sequence[tuple[str, str]]
"""A webhook's parameters in the order in which they are sent; blank ones too."""


@dataclass(frozen=True, slots=True)
class Leg:
    """The caller's leg: who calls whom, and how."""

    call_id: str
    """Twilio's `CA…`, Telnyx' `v3:…`."""
    account_id: str
    caller: str
    called: str
    sip: bool = False
    """It came from a SIP domain and not from the telephone network."""
    sip_headers: Mapping[str, str] = field(default_factory=dict)
    """The INVITE's `X-…` headers."""


@dataclass(frozen=True, slots=True)
class Request:
    """A webhook as it leaves the carrier."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something the gateway did that this carrier would hold against it."""

    code: str
    """The carrier's error code where it documents one, otherwise a word."""
    detail: str


@dataclass(frozen=True, slots=True)
class Media:
    """Audio from the gateway, to be played behind what is queued."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """To be echoed when everything before it was played."""

    name: str


@dataclass(frozen=True, slots=True)
class Clear:
    """Throws away what is queued."""


Received = Media | Mark | Clear | Complaint


class StreamEvent(StrEnum):
    """What a stream status callback reports; each carrier has its own words."""

    STARTED = "started"
    STOPPED = "stopped"
    FAILED = "failed"


class DialFailure(StrEnum):
    """Why a media socket could not be opened; each carrier has its own words."""

    HANDSHAKE = "handshake"
    """Answered, but not with 101."""
    TIMEOUT = "timeout"
    REFUSED = "refused"
    TLS = "tls"
    SCHEME = "scheme"
    """Not `wss`."""
    MALFORMED_URL = "malformed_url"


class SocketFailure(StrEnum):
    """What broke a media socket that had been opened; each carrier has its own words."""

    LOST = "lost"
    """Cut without a close."""
    PROTOCOL = "protocol"
    """What came was no WebSocket."""


class FetchFailure(StrEnum):
    """Why no document was to be had; each carrier has its own words."""

    CONNECTION = "connection"
    """Nobody answered."""
    STATUS = "status"
    """Answered, but not with success."""
    DOCUMENT = "document"
    """What was answered is no document."""


class CallStatus(StrEnum):
    """How a call was when it was over; both carriers use these words."""

    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"


@dataclass(frozen=True, slots=True)
class StreamTerms:
    """What a `<Stream>` comes to on this leg."""

    url: str
    """What is dialled and, where the carrier does that, signed."""
    speaks: AudioFormat
    """What the gateway is sent."""
    hears: AudioFormat
    """What the gateway is expected to send."""
    parameters: Mapping[str, str]
    refusal: str = ""
    """Why no media of the gateway's can be played, or "" where it can."""
    complaints: tuple[Complaint, ...] = ()
    reconnects: bool = False
    """The carrier opens a stream that was lost once more before it goes on with its document."""


class StreamDialect(Protocol):
    """One media stream's messages; numbers those it makes."""

    congestion: str
    """What the carrier calls it when the gateway does not read."""

    def connected(self) -> str:
        """The first message."""
        ...

    def start(self) -> str:
        """The second, which says whose call it is and how it sounds."""
        ...

    def media(self, payload: bytes, timestamp_ms: int) -> str:
        """What the caller said, `timestamp_ms` after the stream began."""
        ...

    def dtmf(self, digit: str, unix_ms: int) -> str:
        """A key that the caller pressed."""
        ...

    def mark(self, name: str) -> str:
        """The echo of a mark."""
        ...

    def stop(self) -> str:
        """The last message."""
        ...

    def complain(self, complaint: Complaint) -> str | None:
        """What the carrier says on the socket about it, if anything."""
        ...

    def read(self, data: str | bytes) -> list[Received]:
        """Read what the gateway sent, as strictly as the carrier documents it."""
        ...


class CarrierDialect(Protocol):
    """One carrier's side of one call."""

    stream_attributes: frozenset[str]
    """What its `<Stream>` knows."""
    rings: bool
    """Whether the call is not answered yet when the first document is asked for."""
    follows_action: bool
    """Whether `<Connect action>` is asked what comes after the stream."""

    def voice(self, *, answered: bool) -> Parameters:
        """What a request for a document says of the call."""
        ...

    def fetch_failed(self, url: str, failure: FetchFailure) -> Parameters:
        """What a request to the fallback URL says beside that: no document was to be had at `url`."""
        ...

    def dialled(self, status: CallStatus, duration_s: int) -> Parameters:
        """What a request for `<Dial action>` says beside that."""
        ...

    def begun(self, unix_ms: int) -> Sequence[Parameters]:
        """What status callbacks say before the first document is asked for."""
        ...

    def ended(self, status: CallStatus, duration_s: int, unix_ms: int) -> Parameters:
        """What the status callback says when the call is over."""
        ...

    def patience(self, url: str) -> Patience:
        """How often and how long a webhook is tried."""
        ...

    def stream_event(self, event: StreamEvent, stream_id: str, name: str, error: str, unix_ms: int) -> Parameters:
        """What a stream status callback says."""
        ...

    def request(self, method: str, url: str, parameters: Parameters, unix_ms: int) -> Request:
        """A webhook with its signature, unless the call has no key to sign with."""
        ...

    def media_headers(self, url: str) -> Mapping[str, str]:
        """What the media socket's handshake carries."""
        ...

    def dial_error(self, failure: DialFailure) -> str:
        """What the carrier calls a media socket that it could not open."""
        ...

    def socket_error(self, failure: SocketFailure) -> str:
        """What the carrier calls a media socket that broke."""
        ...

    def stream_error(self, code: str) -> str:
        """What a stream status callback says about one of those."""
        ...

    def problems(self, document: bytes) -> list[Complaint]:
        """What is wrong with a document beyond its XML."""
        ...

    def terms(self, stream: Stream, voice: AudioFormat) -> StreamTerms:
        """What a `<Stream>` comes to for a caller whose leg sounds like `voice`."""
        ...

    def stream(self, stream_id: str, terms: StreamTerms) -> StreamDialect:
        """A fresh stream's messages."""
        ...

    def new_stream_id(self) -> str:
        """A stream's id as the carrier makes them."""
        ...
