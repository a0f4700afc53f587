"""What both carriers have in common, in nobody's dialect. Sans-I/O.

A carrier's package turns its own wire into these and these into its own wire; nothing outside `carriers` knows
a carrier's field names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.audio.formats import AudioFormat
from gateway.calls import Carrier, IncomingCall, Say, StatusReport, StreamReport
from gateway.carriers.audio import Frames, MediaBody


@dataclass(frozen=True, slots=True)
class MediaStarted:
    """The carrier's `start`: how the caller sounds. Whose call it is the ticket has told."""

    format: AudioFormat


@dataclass(frozen=True, slots=True)
class Digit:
    """The caller pressed a key."""

    digit: str


@dataclass(frozen=True, slots=True)
class MarkEchoed:
    """All audio before the mark was played, or cleared: the carriers do not say which."""

    name: str


@dataclass(frozen=True, slots=True)
class MediaStopped:
    """The carrier's `stop`: the call is over, or it has left the stream for another document."""


@dataclass(frozen=True, slots=True)
class StreamFault:
    """The carrier complained about what we sent (Telnyx `error`)."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Greeted:
    """The carrier's `connected`: the socket speaks the protocol; nothing else yet."""


MediaEvent = MediaBody | MediaStarted | Digit | MarkEchoed | MediaStopped | StreamFault | Greeted


class MediaDialect(Protocol):
    """One carrier's media stream messages, for the length of one stream."""

    in_order: bool
    """Whether the carrier's messages arrive in the order it made them."""
    outgoing: AudioFormat
    """What the carrier expects to be sent; need not be what it sends."""
    minimum_ms: int
    """The least audio a message to the carrier may hold."""

    def decode(self, data: bytes) -> MediaEvent:
        """Read one WebSocket text message.

        Raises:
            MessageError: it is not one that the carrier documents.
            UnsupportedFormatError: it is a `start`, of audio that nobody here can carry.
        """
        ...

    def frames(self, messages: list[bytes]) -> Frames | None:
        """Read messages that are audio, as nearly all are; None where one is not: then each has to be decoded."""
        ...

    def media(self, payload: bytes) -> bytes:
        """Audio to be played after what is queued already."""
        ...

    def mark(self, name: str) -> bytes:
        """Asks to be told when all audio before it was played."""
        ...

    def clear(self) -> bytes:
        """Throws away what is queued; the marks in it are echoed."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectStream:
    """Greet, connect the caller to our media socket, and come back to us when that has ended."""

    media_url: str
    """`wss://…/media/{carrier}/{ticket}`; no query string, Twilio drops it."""
    stream_status_url: str
    continue_url: str
    name: str
    """The stream's name in the carrier's callbacks, unique in the call: our call id, and which stream it is."""
    greeting: Say | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """Do not take the call."""

    busy: bool
    """Busy tone, rather than "not in service"."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """Say something, perhaps, and hang up."""

    say: Say | None = None


@dataclass(frozen=True, slots=True)
class Dial:
    """Say something, perhaps, and connect the caller to another number or `sip:` address."""

    to: str
    say: Say | None = None
    caller_id: str = ""
    """The number that is shown where it rings; "" for the caller's own."""


Document = ConnectStream | Reject | HangUp | Dial


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """An HTTP request as it came, for whoever has to verify and read it."""

    method: str
    """`GET` or `POST`."""
    url: str
    """The public URL as the carrier addressed it: the configured `public_url`, our path, its query string."""
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    client_ip: str


class WebhookDialect(Protocol):
    """One carrier's webhooks and documents."""

    carrier: Carrier

    def verify(self, request: WebhookRequest, now_s: int) -> None:
        """Make sure that the carrier sent it.

        Raises:
            SignatureError: it cannot have.
        """
        ...

    def verify_media(self, url: str, headers: Mapping[str, str], client_ip: str) -> None:
        """Make sure that the carrier opened this media socket; `url` is `wss://…`.

        Raises:
            SignatureError: it cannot have.
        """
        ...

    def parse_voice(self, request: WebhookRequest) -> IncomingCall:
        """Read a voice webhook.

        Raises:
            WebhookError: it does not say what one must.
        """
        ...

    def parse_status(self, request: WebhookRequest) -> StatusReport:
        """Read a call status callback.

        Raises:
            WebhookError: it does not say what one must.
        """
        ...

    def parse_stream_status(self, request: WebhookRequest) -> StreamReport:
        """Read a stream status callback.

        Raises:
            WebhookError: it does not say what one must.
        """
        ...

    def document(self, document: Document) -> bytes:
        """The carrier's XML for it, UTF-8."""
        ...

    def media(self) -> MediaDialect:
        """A fresh dialect for one media stream."""
        ...
