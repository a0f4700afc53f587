"""TwiML documents. Sans-I/O.

Reference: https://www.twilio.com/docs/voice/twiml, for `<Stream>` https://www.twilio.com/docs/voice/twiml/stream
"""

from typing import assert_never

from twilio.twiml.voice_response import (
    Connect,
    VoiceResponse,
)
from twilio.twiml.voice_response import Dial as DialVerb

from gateway.calls import Say
from gateway.carriers.addresses import is_sip
from gateway.carriers.base import ConnectStream, Dial, Document, HangUp, Reject
from gateway.carriers.markup import legal


def render(document: Document) -> bytes:
    """The TwiML for a document, UTF-8."""
    response = VoiceResponse()
    match document:
        case ConnectStream():
            _connect(response, document)
        case Reject(busy=busy):
            response.reject(reason="busy" if busy else "rejected")
        case HangUp(say=say):
            _say(response, say)
            response.hangup()
        case Dial():
            _dial(response, document)
        case _:
            assert_never(document)
    return str(response).encode()


def _connect(response: VoiceResponse, document: ConnectStream) -> None:
    """Without `<Connect action>`: Twilio goes on to the next verb whether or not the stream failed."""
    _say(response, document.greeting)
    connect = Connect()
    connect.stream(
        url=legal(document.media_url),
        name=legal(document.name),
        status_callback=legal(document.stream_status_url),
        status_callback_method="POST",
    )
    response.append(connect)
    response.redirect(legal(document.continue_url), method="POST")


def _dial(response: VoiceResponse, document: Dial) -> None:
    _say(response, document.say)
    to = legal(document.to)
    if is_sip(to):
        dial = DialVerb()
        dial.sip(to)
        response.append(dial)
    else:
        response.dial(to, caller_id=document.caller_id or None)
    response.hangup()


def _say(response: VoiceResponse, say: Say | None) -> None:
    text = legal(say.text).strip() if say else ""
    if say and text:
        response.say(text, language=legal(say.language))
