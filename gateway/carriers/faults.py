"""What was wrong with a media message that could not be decoded. Sans-I/O.

Asked only after a decoder has failed, so that the path of good messages stays as short as it can be.
"""

from collections.abc import Collection

import msgspec
from msgspec import Struct

from gateway.errors import MessageError, MessageFault

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises: the second for text that is not UTF-8, the third for thousands of nested brackets."""

_MAX_DETAIL_CHARACTERS = 200


class _Envelope(Struct):
    event: str


class _TextBody(Struct):
    """A `MediaBody` whose payload is taken as it is."""

    payload: str
    chunk: int = 0
    timestamp: int = 0
    track: str = ""


class _TextMedia(Struct):
    media: _TextBody


_envelopes = msgspec.json.Decoder(_Envelope)
_text_media = msgspec.json.Decoder(_TextMedia, strict=False)


def message_error(data: bytes, error: Exception, events: Collection[str]) -> MessageError:
    """The error for a message that could not be decoded; `events` are those the carrier documents."""
    return MessageError(_fault(data, error, events), str(error)[:_MAX_DETAIL_CHARACTERS])


def _fault(data: bytes, error: Exception, events: Collection[str]) -> MessageFault:
    # A decoder that meets a wrong value stops there; whether the rest was JSON only the second reading tells.
    if not isinstance(error, msgspec.ValidationError):
        return MessageFault.NOT_JSON
    try:
        event = _envelopes.decode(data).event
    except msgspec.ValidationError:
        return MessageFault.NOT_A_MESSAGE
    except UNREADABLE:
        return MessageFault.NOT_JSON
    if event not in events:
        return MessageFault.UNKNOWN_TYPE
    if event == "media" and _is_whole_but_for_base64(data):
        return MessageFault.BAD_BASE64
    return MessageFault.NOT_A_MESSAGE


def _is_whole_but_for_base64(data: bytes) -> bool:
    try:
        _text_media.decode(data)
    except UNREADABLE:
        return False
    return True
