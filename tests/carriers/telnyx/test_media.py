"""Telnyx' media messages."""

import json
from base64 import b64decode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audio.formats import PCMU_8K, AudioFormat, ByteOrder, Encoding
from gateway.carriers.audio import MediaBody
from gateway.carriers.base import Digit, Greeted, MarkEchoed, MediaEvent, MediaStarted, MediaStopped, StreamFault
from gateway.carriers.telnyx.media import TelnyxMedia
from gateway.errors import MessageError, MessageFault, UnsupportedFormatError
from tests.carriers.wire import read


def telnyx(byte_order: ByteOrder = ByteOrder.BIG) -> TelnyxMedia:
    return TelnyxMedia(PCMU_8K, byte_order)


def start(*, media_format: object = None, **body: object) -> bytes:
    started = {"call_control_id": "v3:a", "media_format": media_format or {"encoding": "PCMU"}, **body}
    return json.dumps({"event": "start", "stream_id": "S", "start": started}).encode()


def started_by(data: bytes, byte_order: ByteOrder = ByteOrder.BIG) -> MediaStarted:
    event = telnyx(byte_order).decode(data)
    assert isinstance(event, MediaStarted)
    return event


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("connected", Greeted()),
        ("start", MediaStarted(PCMU_8K)),
        ("dtmf", Digit("1")),
        ("mark", MarkEchoed("some_mark_name")),
        ("stop", MediaStopped()),
        ("error", StreamFault("100003", "malformed_frame: The frame is malformed")),
    ],
)
def test_decodes_documented_messages(name: str, event: MediaEvent) -> None:
    """Each becomes its neutral event."""
    assert telnyx().decode(read(f"telnyx/{name}.json")) == event


def test_decodes_audio() -> None:
    """Numbered, so that it can be put in order."""
    body = telnyx().decode(read("telnyx/media.json"))
    assert isinstance(body, MediaBody)
    assert (len(body.payload), body.chunk, body.timestamp, body.track) == (160, 2, 5, "inbound")
    assert body.payload == b64decode(json.loads(read("telnyx/media.json"))["media"]["payload"])


def test_numbers_may_be_numbers() -> None:
    """The reference shows strings and does not promise them."""
    body = telnyx().decode(b'{"event":"media","media":{"track":"outbound","payload":"","chunk":7,"timestamp":140}}')
    assert body == MediaBody(b"", chunk=7, timestamp=140, track="outbound")


def test_says_what_telnyx_needs() -> None:
    """Out of order, messages of 20 ms at least, and audio out that need not be the audio in."""
    media = TelnyxMedia(AudioFormat(Encoding.G722), ByteOrder.BIG)
    assert (media.in_order, media.minimum_ms, media.outgoing) == (False, 20, AudioFormat(Encoding.G722))


@pytest.mark.parametrize(
    ("encoding", "rate_hz", "expected"),
    [
        ("PCMU", 8000, PCMU_8K),
        ("PCMA", 8000, AudioFormat(Encoding.PCMA)),
        ("pcma", 8000, AudioFormat(Encoding.PCMA)),
        ("G722", 8000, AudioFormat(Encoding.G722)),
        ("G722", 16000, AudioFormat(Encoding.G722)),
        ("OPUS", 16000, AudioFormat(Encoding.OPUS, 16000)),
        ("AMR-WB", 16000, AudioFormat(Encoding.AMR_WB, 16000)),
        ("L16", 24000, AudioFormat(Encoding.L16, 24000, ByteOrder.LITTLE)),
    ],
)
def test_the_declared_format_is_obeyed(encoding: str, rate_hz: int, expected: AudioFormat) -> None:
    """A-law taken for μ-law is static for the whole call."""
    data = start(media_format={"encoding": encoding, "sample_rate": rate_hz, "channels": 1})
    assert started_by(data, ByteOrder.LITTLE).format == expected


def test_opus_may_be_declared_with_two_channels() -> None:
    """As RTP always declares it: a browser's call is heard, and not sent on with an apology."""
    data = start(media_format={"encoding": "OPUS", "sample_rate": 48000, "channels": 2})
    assert started_by(data).format == AudioFormat(Encoding.OPUS, 48000)


def test_big_endian_unless_told_otherwise() -> None:
    """As RFC 3551 has it."""
    data = start(media_format={"encoding": "L16", "sample_rate": 16000})
    assert started_by(data).format == AudioFormat(Encoding.L16, 16000, ByteOrder.BIG)


@pytest.mark.parametrize(
    "media_format",
    [
        {"encoding": "MP3"},
        {"encoding": "audio/x-mulaw"},
        {"encoding": "PCMU", "channels": 2},
        {"encoding": "OPUS", "sample_rate": 48000, "channels": 3},
        {"encoding": "L16", "sample_rate": 0},
        {"encoding": "L16", "sample_rate": 44100},
    ],
    ids=["mp3", "another-carriers", "stereo", "three-channels", "no-rate", "odd-rate"],
)
def test_another_format_is_refused(media_format: dict[str, object]) -> None:
    """Rather than played as noise."""
    with pytest.raises(UnsupportedFormatError, match="media_format"):
        telnyx().decode(start(media_format=media_format))


@pytest.mark.parametrize(
    "body",
    [
        {"custom_parameters": None},
        {"custom_parameters": [{"name": "a", "value": "1"}]},
        {"customParameters": "", "call_control_id": None, "from": None, "tags": None},
    ],
    ids=["null", "as-in-requests", "blank"],
)
def test_what_nobody_reads_does_not_stop_a_stream(body: dict[str, object]) -> None:
    """The ticket says whose call it is; how parameters are written, the reference does not say with one voice."""
    assert started_by(start(**body)) == MediaStarted(PCMU_8K)


@pytest.mark.parametrize(
    ("payload", "event"),
    [
        ('{"code":"rate","title":"t"}', StreamFault("rate", "t")),
        ('{"detail":"d"}', StreamFault("", "d")),
        (json.dumps({"detail": "x" * 1000}), StreamFault("", "x" * 200)),
    ],
    ids=["code-is-text", "detail-only", "long"],
)
def test_errors_are_passed_on_as_far_as_they_go(payload: str, event: StreamFault) -> None:
    """Short enough for a log."""
    assert telnyx().decode(f'{{"event":"error","payload":{payload}}}'.encode()) == event


@given(st.binary(max_size=400))
def test_audio_is_sent_byte_by_byte(payload: bytes) -> None:
    """Without an id: the socket says whose it is."""
    message = json.loads(telnyx().media(payload))
    assert b64decode(message["media"].pop("payload")) == payload
    assert message == {"event": "media", "media": {}}


@given(st.text())
def test_marks_may_have_any_name(name: str) -> None:
    """Quotes and line breaks are escaped."""
    assert json.loads(telnyx().mark(name)) == {"event": "mark", "mark": {"name": name}}


def test_clear_says_nothing_else() -> None:
    """All that is queued goes."""
    assert json.loads(telnyx().clear()) == {"event": "clear"}


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        pytest.param(b"hello", MessageFault.NOT_JSON, id="text"),
        pytest.param(b'{"event":"start","stream_id":"S"}', MessageFault.NOT_A_MESSAGE, id="empty-start"),
        pytest.param(b'{"event":"error"}', MessageFault.NOT_A_MESSAGE, id="empty-error"),
        pytest.param(b'{"event":"dtmf","dtmf":{"digit":""}}', MessageFault.NOT_A_MESSAGE, id="no-digit"),
        pytest.param(b'{"event":"call.hangup"}', MessageFault.UNKNOWN_TYPE, id="another-products"),
        pytest.param(b'{"event":"media","media":{"payload":"?"}}', MessageFault.BAD_BASE64, id="base64"),
    ],
)
def test_a_bad_message_has_a_fault(data: bytes, fault: MessageFault) -> None:
    """It is counted by it, and the call goes on."""
    with pytest.raises(MessageError) as caught:
        telnyx().decode(data)
    assert caught.value.fault is fault


JSON_OBJECTS = st.recursive(st.none() | st.text(), lambda inner: st.dictionaries(st.text(), inner))


@given(st.binary() | JSON_OBJECTS.map(json.dumps).map(str.encode))
def test_nothing_else_is_raised(data: bytes) -> None:
    """Whatever a socket brings."""
    with suppress(MessageError):
        telnyx().decode(data)


def test_messages_that_are_audio_are_read_at_once() -> None:
    """As they are singly; with any other among them nothing is read."""
    media, audio = TelnyxMedia(PCMU_8K, ByteOrder.BIG), read("telnyx/media.json")
    assert media.frames([audio, audio]) == [media.decode(audio)] * 2
    assert media.frames([audio, read("telnyx/dtmf.json")]) is None
    assert media.frames([audio, b"<html>"]) is None
    assert media.frames([]) == []
