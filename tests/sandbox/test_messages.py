import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sandbox.messages import (
    AudioInput,
    AudioOutput,
    OutputAudio,
    Ping,
    SessionEnd,
    SessionReady,
    TranscriptFinal,
    TranscriptPartial,
    decode,
    encode,
)
from gateway.sandbox.refusals import Refused
from tests.sandbox.wire import audio_input


@given(st.binary(max_size=2000), st.integers(0, 2**53))
def test_audio_arrives_byte_by_byte(ulaw: bytes, sequence: int) -> None:
    """Whatever the payload and the number."""
    message = decode(audio_input(ulaw, sequence))

    assert isinstance(message, AudioInput)
    assert (message.audio.payload, message.sequence, message.speaker) == (ulaw, sequence, "customer")


def test_a_whole_number_may_be_written_with_a_fraction_of_zero() -> None:
    """Clients whose numbers are all floating point write `8000.0`; to JSON that is 8000. Half a number is none."""
    message = decode(
        audio_input(b"ab", sample_rate_hz=8000.0, channels=1.0).replace('"sequence": 1', '"sequence": 7.0')
    )

    assert isinstance(message, AudioInput)
    assert (message.sequence, message.audio.payload, message.audio.sample_rate_hz) == (7, b"ab", 8000)
    with pytest.raises(Refused, match="sequence"):
        decode(audio_input(b"ab").replace('"sequence": 1', '"sequence": 1.5'))


def test_the_other_two_messages_are_read() -> None:
    """As the stream page prints them."""
    assert isinstance(decode('{"type":"ping"}'), Ping)
    assert isinstance(decode('{"type":"session.end"}'), SessionEnd)


@pytest.mark.parametrize(
    ("changed", "param"),
    [
        pytest.param({"encoding": "alaw"}, "audio.encoding", id="a-law"),
        pytest.param({"encoding": "pcm_16"}, "audio.encoding", id="linear"),
        pytest.param({"sample_rate_hz": 16000}, "audio.sample_rate_hz", id="16 kHz"),
        pytest.param({"channels": 2}, "audio.channels", id="stereo"),
        pytest.param({"encoding": None}, "audio.encoding", id="null"),
        pytest.param({"sample_rate_hz": "8000"}, "audio.sample_rate_hz", id="a rate in quotes"),
        pytest.param({"sample_rate_hz": 8000.5}, "audio.sample_rate_hz", id="half a rate"),
        pytest.param({"channels": "1"}, "audio.channels", id="channels in quotes"),
        pytest.param({"payload": "not base64!"}, "audio.payload", id="no base64"),
        pytest.param({"payload": "AAA"}, "audio.payload", id="base64 cut short"),
    ],
)
def test_anything_but_mulaw_8_khz_mono_is_an_invalid_audio_format(changed: dict[str, Any], param: str) -> None:
    """The documented code, and which part is wrong."""
    with pytest.raises(Refused) as caught:
        decode(audio_input(b"ab", **changed))

    assert (caught.value.code, caught.value.param) == ("invalid_audio_format", param)


def test_audio_without_a_format_is_an_invalid_audio_format() -> None:
    """The format is not guessed."""
    message = '{"type":"audio.input","sequence":1,"timestamp_ms":1,"speaker":"customer","audio":{"payload":"AA=="}}'
    with pytest.raises(Refused) as caught:
        decode(message)

    assert caught.value.code == "invalid_audio_format"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param("", "not valid JSON", id="nothing"),
        pytest.param("{", "not valid JSON", id="truncated"),
        pytest.param("hello", "not valid JSON", id="words"),
        pytest.param('{"type":"ping","x":"\ud800"}', "not valid JSON", id="half a surrogate pair"),
        pytest.param('{"type":"ping","x":' + "[" * 100_000, "not valid JSON", id="nested without end"),
        pytest.param("[]", "with a 'type'", id="a list"),
        pytest.param("{}", "with a 'type'", id="no type"),
        pytest.param('{"type":7}', "with a 'type'", id="type of another type"),
        pytest.param('{"type":"mute"}', "not 'mute'", id="unknown type"),
        pytest.param('{"type":"audio.input"}', "sequence", id="no fields"),
        pytest.param(audio_input(b"a").replace('"customer"', '""'), "'speaker'", id="nobody speaks"),
        pytest.param(audio_input(b"a").replace('"customer"', "7"), "speaker", id="a number speaks"),
        pytest.param(None, "binary", id="binary"),
    ],
)
def test_what_is_no_message_is_an_invalid_request(data: str | None, said: str) -> None:
    """The refusal says what is wrong with it."""
    with pytest.raises(Refused) as caught:
        decode(data)

    assert caught.value.code == "invalid_request"
    assert said in caught.value.message


def test_what_is_sent_names_its_type() -> None:
    """What is not known is left out rather than null."""
    final = TranscriptFinal("sess_1", 1, "customer", "[1.8 s of speech]", "2026-03-26T11:00:00Z", "de")
    messages = [json.loads(encode(SessionReady("sess_1"))), json.loads(encode(TranscriptPartial("sess_1", "a", "b")))]

    assert messages == [
        {"type": "session.ready", "session_id": "sess_1"},
        {"type": "transcript.partial", "session_id": "sess_1", "speaker": "a", "text": "b"},
    ]
    assert json.loads(encode(final))["language"] == "de"


def test_audio_output_carries_base64_and_its_format() -> None:
    """The payload where the quick start reads it: `audio.payload`."""
    message = json.loads(encode(AudioOutput("sess_1", 1, 1000, OutputAudio(b"\xff\x00", "mulaw", 8000))))

    assert message["audio"] == {"payload": "/wA=", "encoding": "mulaw", "sample_rate_hz": 8000}
    assert "speaker" not in message
