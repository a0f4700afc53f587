"""Reads TwiML and TeXML the way a carrier does: into the verbs to follow. Sans-I/O.

References: https://www.twilio.com/docs/voice/twiml and
https://developers.telnyx.com/docs/voice/programmable-voice/texml-verbs/stream
"""

import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from gateway.errors import MessageError, MessageFault

DOCUMENT_LIMIT = 64 * 1024
"""Bytes. The carriers document no limit; a voice document that needs more is a mistake."""


@dataclass(frozen=True, slots=True)
class Say:
    """Speak words to the caller."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence."""

    length_s: int = 1


@dataclass(frozen=True, slots=True)
class Stream:
    """The media stream of a `<Connect>`."""

    url: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    """All of them, `url` too."""
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Connect:
    """Connect the caller to a stream and wait until it has ended."""

    stream: Stream
    action: str = ""
    """Where to go on instead of the next verb, or ""."""
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go on with another document."""

    url: str
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Do not take the call."""

    reason: str = "rejected"


@dataclass(frozen=True, slots=True)
class Dial:
    """Connect the caller to somebody else."""

    to: str
    sip: bool = False
    """`to` is a `<Sip>` address and not a number."""
    action: str = ""
    """Where to go on instead of the next verb, or ""."""
    method: str = "POST"


Verb = Say | Pause | Connect | Redirect | Hangup | Reject | Dial


@dataclass(frozen=True, slots=True)
class Document:
    """The verbs of a `<Response>`, in order, and what the carrier's debugger would say about the rest."""

    verbs: tuple[Verb, ...]
    problems: tuple[str, ...] = ()


_ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "Response": frozenset(),
    "Say": frozenset({"voice", "language", "loop"}),
    "Pause": frozenset({"length"}),
    "Connect": frozenset({"action", "method"}),
    "Parameter": frozenset({"name", "value"}),
    "Redirect": frozenset({"method"}),
    "Hangup": frozenset(),
    "Reject": frozenset({"reason"}),
    "Dial": frozenset({"action", "method", "callerId", "timeout", "answerOnBridge", "timeLimit", "hangupOnStar"}),
    "Number": frozenset(
        {"sendDigits", "statusCallback", "statusCallbackEvent", "statusCallbackMethod", "url", "method"}
    ),
    "Sip": frozenset({"username", "password", "statusCallback", "statusCallbackEvent", "statusCallbackMethod"}),
}
"""What each element may carry; `Stream` differs from carrier to carrier."""


def parse(document: bytes, stream_attributes: frozenset[str]) -> Document:
    """Read a document; `stream_attributes` are the ones this carrier's `<Stream>` knows.

    Raises:
        MessageError: it is too large, not XML, or its root is not `<Response>`.
    """
    if len(document) > DOCUMENT_LIMIT:
        raise MessageError(MessageFault.TOO_LARGE, f"a document of {len(document)} bytes")
    try:
        text = document.decode()
    except UnicodeDecodeError as exc:
        raise MessageError(MessageFault.NOT_A_MESSAGE, "not UTF-8") from exc
    if "<!" in text.replace("<!--", "").replace("<![CDATA[", ""):
        raise MessageError(MessageFault.NOT_A_MESSAGE, "a document type declaration")
    try:
        root = ET.fromstring(text)  # noqa: S314 - no declaration, so no entity, can be in it
    except ET.ParseError as exc:
        raise MessageError(MessageFault.NOT_A_MESSAGE, f"not XML: {exc}") from exc
    if root.tag != "Response":
        raise MessageError(MessageFault.NOT_A_MESSAGE, f"the root is <{root.tag}>, not <Response>")
    return _Reader(stream_attributes).read(root)


class _Reader:
    """Walks through one document and notes what it has to skip."""

    def __init__(self, stream_attributes: frozenset[str]) -> None:
        self._attributes = {**_ATTRIBUTES, "Stream": stream_attributes}
        self._problems: list[str] = []
        self._readers: Mapping[str, Callable[[ET.Element], Verb | None]] = {
            "Say": lambda e: Say(_text(e), e.get("language", "")),
            "Pause": self._pause,
            "Connect": self._connect,
            "Redirect": lambda e: Redirect(_text(e), e.get("method", "POST").upper()),
            "Hangup": lambda _: Hangup(),
            "Reject": lambda e: Reject(e.get("reason", "rejected")),
            "Dial": self._dial,
        }

    def read(self, root: ET.Element) -> Document:
        self._check(root)
        verbs = []
        for element in root:
            reader = self._readers.get(element.tag)
            if reader is None:
                self._problems.append(f"<{element.tag}> is not a verb that is known here")
                continue
            self._check(element)
            verb = reader(element)
            if verb is not None:
                verbs.append(verb)
        return Document(tuple(verbs), tuple(self._problems))

    def _check(self, element: ET.Element) -> None:
        unknown = sorted(set(element.keys()) - self._attributes[element.tag])
        self._problems += [f"<{element.tag}> has no attribute {name!r}" for name in unknown]

    def _nested(self, element: ET.Element, *allowed: str) -> list[ET.Element]:
        nested = []
        for child in element:
            if child.tag in allowed:
                self._check(child)
                nested.append(child)
            else:
                self._problems.append(f"<{element.tag}> cannot hold <{child.tag}>")
        return nested

    def _pause(self, element: ET.Element) -> Pause:
        length = element.get("length", "1")
        if not length.isdecimal():
            self._problems.append(f"<Pause length> must be whole seconds, not {length!r}")
            length = "1"
        return Pause(int(length))

    def _connect(self, element: ET.Element) -> Connect | None:
        streams = self._nested(element, "Stream")
        if len(streams) != 1 or not streams[0].get("url"):
            self._problems.append("<Connect> must hold one <Stream> with a url")
            return None
        nouns = self._nested(streams[0], "Parameter")
        parameters = {noun.get("name", ""): noun.get("value", "") for noun in nouns}
        stream = Stream(streams[0].get("url", ""), dict(streams[0].items()), parameters)
        return Connect(stream, element.get("action", ""), element.get("method", "POST").upper())

    def _dial(self, element: ET.Element) -> Dial | None:
        nouns = self._nested(element, "Number", "Sip")
        to, sip = (_text(nouns[0]), nouns[0].tag == "Sip") if nouns else (_text(element), False)
        if not to:
            self._problems.append("<Dial> names nobody")
            return None
        return Dial(to, sip, element.get("action", ""), element.get("method", "POST").upper())


def _text(element: ET.Element) -> str:
    return (element.text or "").strip()


def outline(verb: Verb) -> tuple[str, str]:
    """A verb's element name and what matters of it, for a report."""
    return type(verb).__name__, _detail(verb)


def _detail(verb: Verb) -> str:
    match verb:
        case Say(text=detail) | Dial(to=detail) | Reject(reason=detail) | Redirect(url=detail):
            return detail
        case Pause(length_s=length_s):
            return f"{length_s} s"
        case Connect(stream=stream):
            return stream.url
        case Hangup():
            return ""
        case _:
            assert_never(verb)
