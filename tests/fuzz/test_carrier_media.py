"""What carriers say on media sockets."""

import pytest
from hypothesis import given

from gateway.audio.formats import PCMU_8K, ByteOrder
from gateway.calls import Carrier
from gateway.carriers.audio import MediaBody
from gateway.carriers.base import MediaDialect, MediaStarted
from gateway.carriers.telnyx.media import TelnyxMedia
from gateway.carriers.twilio.media import TwilioMedia
from gateway.errors import MessageError, UnsupportedFormatError
from tests.fuzz.depth import fuzz
from tests.fuzz.mutations import messages


def _dialect(carrier: Carrier) -> MediaDialect:
    return TwilioMedia() if carrier is Carrier.TWILIO else TelnyxMedia(PCMU_8K, ByteOrder.BIG)


@pytest.mark.parametrize("carrier", Carrier)
def test_a_media_message_is_read_or_refused(carrier: Carrier) -> None:
    """What a socket brings is an event or refused as what it is, and a stream that has begun can be answered."""

    @fuzz(82)
    @given(messages(f"{carrier}/*.json"))
    def check(data: bytes) -> None:
        dialect = _dialect(carrier)
        try:
            event = dialect.decode(data)
        except (MessageError, UnsupportedFormatError) as exc:
            assert len(str(exc)) < 1_000
            return
        if isinstance(event, MediaBody):
            assert isinstance(event.payload, bytes)
            assert isinstance(event.chunk + event.timestamp, int)
        if isinstance(event, MediaStarted):
            assert all([dialect.media(b"audio"), dialect.mark("1"), dialect.clear()])

    check()
