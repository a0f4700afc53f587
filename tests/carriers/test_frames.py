import json
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audio.formats import AudioFormat, ByteOrder, Encoding
from gateway.carriers.audio import MediaBody, Run, bodies
from gateway.carriers.base import MediaDialect
from gateway.carriers.telnyx.media import TelnyxMedia
from gateway.carriers.twilio.media import TwilioMedia
from tests.audio.test_worded import compiled
from tests.carriers.wire import read

DIALECTS = [
    pytest.param(TwilioMedia, "twilio", id="twilio"),
    pytest.param(lambda: TelnyxMedia(AudioFormat(Encoding.PCMU), ByteOrder.LITTLE), "telnyx", id="telnyx"),
]


def worded(carrier: str, number: int, payload: bytes) -> bytes:
    """As the captured message, but for what differs from frame to frame."""
    message = json.loads(read(f"{carrier}/media.json"))
    message["media"] |= {"chunk": str(number), "timestamp": str(20 * number), "payload": b64encode(payload).decode()}
    message["sequenceNumber" if carrier == "twilio" else "sequence_number"] = str(number + 1)
    return json.dumps(message).encode()


@compiled
@pytest.mark.parametrize(("dialect", "carrier"), DIALECTS)
def test_frames_that_follow_each_other_are_one_run(dialect: type[MediaDialect], carrier: str) -> None:
    """After the first, which a parser has read."""
    media = dialect()
    assert media.frames([worded(carrier, 1, bytes(160))]) == [MediaBody(bytes(160), 1, 20)]
    run = media.frames([worded(carrier, number, bytes([number]) * 160) for number in range(2, 7)])
    assert isinstance(run, Run)
    assert bodies(run) == [MediaBody(bytes([number]) * 160, number, 20 * number) for number in range(2, 7)]


@pytest.mark.parametrize(("dialect", "carrier"), DIALECTS)
@given(
    batches=st.lists(
        st.lists(st.tuples(st.integers(0, 9), st.sampled_from([0, 1, 160])), min_size=1, max_size=5), max_size=6
    )
)
def test_however_they_are_read_they_say_the_same(
    dialect: type[MediaDialect], carrier: str, batches: list[list[tuple[int, int]]]
) -> None:
    """In order or not, of one length or of several."""
    media = dialect()
    for batch in batches:
        messages = [worded(carrier, number, bytes([number]) * size) for number, size in batch]
        read_at_once = media.frames(messages)
        assert read_at_once is not None
        assert bodies(read_at_once) == [media.decode(message) for message in messages]


@pytest.mark.parametrize(("dialect", "carrier"), DIALECTS)
def test_the_other_track_is_never_taken_for_the_caller_s(dialect: type[MediaDialect], carrier: str) -> None:
    media = dialect()
    echo = worded(carrier, 1, bytes(160)).replace(b"inbound", b"outbound")
    for _ in range(3):
        assert media.frames([echo]) == [MediaBody(bytes(160), 1, 20, "outbound")]
