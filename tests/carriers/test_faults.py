"""Why a media message could not be decoded."""

import msgspec
import pytest
from msgspec import Struct

from gateway.carriers.audio import MediaBody
from gateway.carriers.faults import UNREADABLE, message_error
from gateway.errors import MessageFault


class _Media(Struct, tag_field="event", tag="media"):
    media: MediaBody


class _Stop(Struct, tag_field="event", tag="stop"):
    pass


_decoder = msgspec.json.Decoder(_Media | _Stop, strict=False)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        pytest.param(b"", MessageFault.NOT_JSON, id="empty"),
        pytest.param(b"\xff\xfe", MessageFault.NOT_JSON, id="binary"),
        pytest.param(b'{"event":"stop"} x', MessageFault.NOT_JSON, id="trailing"),
        pytest.param(b'{"event":"nobody","x":', MessageFault.NOT_JSON, id="cut-after-a-wrong-value"),
        pytest.param(b'{"event":"media","media":{"payload":"","track":"\xff"}}', MessageFault.NOT_JSON, id="not-utf8"),
        pytest.param(b'{"event":"stop","x":' + b"[" * 100_000, MessageFault.NOT_JSON, id="bottomless"),
        pytest.param(b"[]", MessageFault.NOT_A_MESSAGE, id="array"),
        pytest.param(b"{}", MessageFault.NOT_A_MESSAGE, id="no-event"),
        pytest.param(b'{"event":7}', MessageFault.NOT_A_MESSAGE, id="event-is-a-number"),
        pytest.param(b'{"event":"media"}', MessageFault.NOT_A_MESSAGE, id="no-body"),
        pytest.param(b'{"event":"media","media":{"payload":3}}', MessageFault.NOT_A_MESSAGE, id="payload-is-a-number"),
        pytest.param(
            b'{"event":"media","media":{"payload":"AAAA","chunk":"one"}}',
            MessageFault.NOT_A_MESSAGE,
            id="chunk-is-a-word",
        ),
        pytest.param(b'{"event":"nobody"}', MessageFault.UNKNOWN_TYPE, id="unknown-event"),
        pytest.param(b'{"event":"media","media":{"payload":"A*A="}}', MessageFault.BAD_BASE64, id="not-base64"),
        pytest.param(b'{"event":"media","media":{"payload":"AA"}}', MessageFault.BAD_BASE64, id="no-padding"),
        pytest.param(
            b'{"event":"media","media":{"payload":"AA","chunk":"1","timestamp":"2"}}',
            MessageFault.BAD_BASE64,
            id="numbered",
        ),
    ],
)
def test_the_fault_is_named(data: bytes, fault: MessageFault) -> None:
    """It is the label under which the dropped frame is counted."""
    with pytest.raises(UNREADABLE) as caught:
        _decoder.decode(data)
    error = message_error(data, caught.value, {"media", "stop"})
    assert error.fault is fault
    assert error.detail


def test_the_detail_is_short() -> None:
    """An event's name may be as long as a message."""
    data = b'{"event":"' + b"x" * 10_000 + b'"}'
    with pytest.raises(UNREADABLE) as caught:
        _decoder.decode(data)
    assert len(message_error(data, caught.value, {"media"}).detail) == 200
