"""TeXML documents. Sans-I/O.

Reference: https://developers.telnyx.com/docs/voice/programmable-voice/texml-verbs, there `stream` and `say`

TeXML documents are Mustache templates, filled with the request's parameters before they are obeyed
(https://developers.telnyx.com/docs/voice/programmable-voice/texml-interpreter). What we write is meant literally,
so no two opening braces are left side by side: a zero-width space is put between them, which no voice speaks; in
a URL both are percent-encoded, which means the same. Escaping them as `&#123;` would depend on whether Telnyx
fills the template before or after it parses the XML, which it does not say.
"""

import re
from dataclasses import dataclass
from typing import assert_never
from xml.etree.ElementTree import Element, SubElement, tostring

from gateway.calls import Say
from gateway.carriers.addresses import is_sip
from gateway.carriers.base import ConnectStream, Dial, Document, HangUp, Reject
from gateway.carriers.markup import legal

SAY_VOICE = "alice"
"""The one generic voice that heeds `language`; the default voice, `man`, speaks American English only."""

_FIRST_OF_TWO_BRACES = re.compile(r"\{(?=\{)")
_ZERO_WIDTH_SPACE = "\u200b"


@dataclass(frozen=True, slots=True)
class StreamAudio:
    """What a document asks Telnyx to send and to expect, by Telnyx' case-sensitive names."""

    codec: str
    bidirectional_codec: str
    bidirectional_sampling_rate: int


def render(document: Document, audio: StreamAudio) -> bytes:
    """The TeXML for a document, UTF-8."""
    response = Element("Response")
    match document:
        case ConnectStream():
            _connect(response, document, audio)
        case Reject(busy=busy):
            SubElement(response, "Reject", reason="busy" if busy else "rejected")
        case HangUp(say=say):
            _say(response, say)
            SubElement(response, "Hangup")
        case Dial():
            _dial(response, document)
        case _:
            assert_never(document)
    return b'<?xml version="1.0" encoding="UTF-8"?>' + tostring(response, encoding="unicode").encode()


def _connect(response: Element, document: ConnectStream, audio: StreamAudio) -> None:
    """`rtp`, because the default mode takes MP3 files; no reconnect, because that is `<Redirect>`'s part."""
    _say(response, document.greeting)
    attributes = {
        "url": _url(document.media_url),
        "name": _literal(document.name),
        "track": "inbound_track",
        "codec": audio.codec,
        "bidirectionalMode": "rtp",
        "bidirectionalCodec": audio.bidirectional_codec,
        "bidirectionalSamplingRate": str(audio.bidirectional_sampling_rate),
        "enableReconnect": "false",
        "statusCallback": _url(document.stream_status_url),
        "statusCallbackMethod": "POST",
    }
    SubElement(SubElement(response, "Connect"), "Stream", attributes)
    SubElement(response, "Redirect", method="POST").text = _url(document.continue_url)


def _dial(response: Element, document: Dial) -> None:
    _say(response, document.say)
    dial = SubElement(response, "Dial", {"callerId": document.caller_id} if document.caller_id else {})
    noun = SubElement(dial, "Sip") if is_sip(document.to) else dial
    noun.text = _literal(document.to)
    SubElement(response, "Hangup")


def _say(response: Element, say: Say | None) -> None:
    text = _literal(say.text).strip() if say else ""
    if say and text:
        SubElement(response, "Say", voice=SAY_VOICE, language=_literal(say.language)).text = text


def _literal(text: str) -> str:
    return _FIRST_OF_TWO_BRACES.sub("{" + _ZERO_WIDTH_SPACE, legal(text))


def _url(url: str) -> str:
    return legal(url).replace("{", "%7B").replace("}", "%7D")
