"""Twilio's media messages."""

import json
from base64 import b64decode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audio.formats import PCMU_8K
from gateway.carriers.audio import MediaBody
from gateway.carriers.base import Digit, Greeted, MarkEchoed, MediaEvent, MediaStarted, MediaStopped
from gateway.carriers.twilio.media import TwilioMedia
from gateway.errors import LocalStateError, MessageError, MessageFault, UnsupportedFormatError
from tests.carriers.wire import read

STREAM = "MZ0123456789abcdef0123456789abcdef"


def started() -> TwilioMedia:
    media = TwilioMedia()
    media.decode(read("twilio/start.json"))
    return media


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("connected", Greeted()),
        ("start", MediaStarted(PCMU_8K)),
        ("dtmf", Digit("1")),
        ("mark", MarkEchoed("my label")),
        ("stop", MediaStopped()),
    ],
)
def test_decodes_documented_messages(name: str, event: MediaEvent) -> None:
    """Each becomes its neutral event."""
    assert TwilioMedia().decode(read(f"twilio/{name}.json")) == event


def test_decodes_recorded_audio() -> None:
    """Twenty milliseconds of μ-law, numbered and timed."""
    body = TwilioMedia().decode(read("twilio/media.json"))
    assert isinstance(body, MediaBody)
    assert (len(body.payload), body.chunk, body.timestamp, body.track) == (160, 1, 171, "inbound")
    assert body.payload == b64decode(json.loads(read("twilio/media.json"))["media"]["payload"])


def test_audio_of_the_other_side_keeps_its_track() -> None:
    """The bridge leaves it out."""
    body = TwilioMedia().decode(b'{"event":"media","media":{"track":"outbound","payload":""}}')
    assert body == MediaBody(b"", track="outbound")


def test_says_what_twilio_needs() -> None:
    """In order, μ-law, messages of any size."""
    media = TwilioMedia()
    assert (media.in_order, media.outgoing, media.minimum_ms) == (True, PCMU_8K, 0)


@given(st.binary(max_size=400))
def test_audio_is_sent_byte_by_byte(payload: bytes) -> None:
    """With the stream's id and no field more: Twilio refuses unknown ones."""
    message = json.loads(started().media(payload))
    assert b64decode(message["media"].pop("payload")) == payload
    assert message == {"event": "media", "streamSid": STREAM, "media": {}}


@given(st.text())
def test_marks_may_have_any_name(name: str) -> None:
    """Quotes and line breaks are escaped."""
    assert json.loads(started().mark(name)) == {"event": "mark", "streamSid": STREAM, "mark": {"name": name}}


def test_clear_names_the_stream() -> None:
    """And nothing else."""
    assert json.loads(started().clear()) == {"event": "clear", "streamSid": STREAM}


def test_a_strange_stream_id_is_escaped() -> None:
    """It comes back exactly as it came."""
    media = TwilioMedia()
    media.decode(
        b'{"event":"start","start":{"streamSid":"M\\"Z%s","callSid":"C","mediaFormat":{"encoding":"audio/x-mulaw"}}}'
    )
    for message in (media.media(b"x"), media.mark("m"), media.clear()):
        assert json.loads(message)["streamSid"] == 'M"Z%s'


@pytest.mark.parametrize("parameters", ["null", "[]", '""', '{"count":1}'])
def test_odd_parameters_do_not_stop_a_stream(parameters: str) -> None:
    """They are decoration, and the call's id is known: nobody reads either."""
    data = '{"event":"start","start":{"streamSid":"M","callSid":null,"mediaFormat":{"encoding":"audio/x-mulaw"},' + (
        f'"customParameters":{parameters}}}}}'
    )
    assert TwilioMedia().decode(data.encode()) == MediaStarted(PCMU_8K)


def test_nothing_can_be_sent_before_start() -> None:
    """The stream's id is not known: a bug here, not Twilio's."""
    media = TwilioMedia()
    with pytest.raises(LocalStateError, match="media"):
        media.media(b"x")
    with pytest.raises(LocalStateError, match="mark"):
        media.mark("m")
    with pytest.raises(LocalStateError, match="clear"):
        media.clear()


@pytest.mark.parametrize(
    "media_format",
    [
        '{"encoding":"audio/x-l16","sampleRate":8000,"channels":1}',
        '{"encoding":"audio/x-mulaw","sampleRate":16000,"channels":1}',
        '{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":2}',
    ],
    ids=["encoding", "rate", "channels"],
)
def test_another_format_is_refused(media_format: str) -> None:
    """Rather than played as noise; nothing can be sent afterwards either."""
    media = TwilioMedia()
    data = f'{{"event":"start","start":{{"streamSid":"M","callSid":"C","mediaFormat":{media_format}}}}}'
    with pytest.raises(UnsupportedFormatError, match="must be 'audio/x-mulaw'"):
        media.decode(data.encode())
    with pytest.raises(LocalStateError):
        media.clear()


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        pytest.param(b"hello", MessageFault.NOT_JSON, id="text"),
        pytest.param(b'{"event":"start"}', MessageFault.NOT_A_MESSAGE, id="empty-start"),
        pytest.param(b'{"event":"dtmf","dtmf":{"digit":"12"}}', MessageFault.NOT_A_MESSAGE, id="two-digits"),
        pytest.param(b'{"event":"error","payload":{}}', MessageFault.UNKNOWN_TYPE, id="another-carriers"),
        pytest.param(b'{"event":"media","media":{"payload":"?"}}', MessageFault.BAD_BASE64, id="base64"),
    ],
)
def test_a_bad_message_has_a_fault(data: bytes, fault: MessageFault) -> None:
    """It is counted by it, and the call goes on."""
    with pytest.raises(MessageError) as caught:
        TwilioMedia().decode(data)
    assert caught.value.fault is fault


@given(
    st.binary()
    | st.recursive(st.none() | st.text(), lambda x: st.dictionaries(st.text(), x)).map(json.dumps).map(str.encode)
)
def test_nothing_else_is_raised(data: bytes) -> None:
    """Whatever a socket brings."""
    with suppress(MessageError):
        TwilioMedia().decode(data)


def test_messages_that_are_audio_are_read_at_once() -> None:
    """As they are singly; with any other among them nothing is read."""
    media, audio = TwilioMedia(), read("twilio/media.json")
    assert media.frames([audio, audio]) == [media.decode(audio)] * 2
    assert media.frames([audio, read("twilio/dtmf.json")]) is None
    assert media.frames([audio, b"<html>"]) is None
    assert media.frames([]) == []
