import json
from base64 import b64encode

import pytest

from gateway.audio.formats import PCMU_8K, AudioFormat, ByteOrder, Encoding
from gateway.errors import MessageError
from gateway.kallglot.messages import AudioBody
from gateway.kallglot.outputs import OutputReader
from tests.audio.test_worded import compiled


def output(audio: bytes, sequence: int = 1, **more: object) -> bytes:
    body = {"encoding": "mulaw", "sample_rate_hz": 8000, "payload": b64encode(audio).decode()} | more
    return json.dumps({"type": "audio.output", "sequence": sequence, "audio": body}).encode()


@compiled
def test_outputs_that_are_worded_alike_are_read_as_the_first_was_decoded() -> None:
    """Their format, too."""
    reader = OutputReader()
    assert reader.read(output(b"abc")) is None
    reader.learn(output(b"abc", encoding="pcm16", sample_rate_hz=16_000), AudioBody(b"abc", "pcm16", 16_000))
    assert reader.read(output(b"other", 2, encoding="pcm16", sample_rate_hz=16_000)) == b"other"
    assert reader.format == AudioFormat(Encoding.L16, 16_000, ByteOrder.LITTLE)
    assert reader.read(output(b"other", 3)) is None


@compiled
def test_of_two_formats_neither_is_taken_for_the_other() -> None:
    """What is worded as before is in the format of before, whatever came in between."""
    reader, linear = OutputReader(), output(b"abc", encoding="pcm16", sample_rate_hz=16_000)
    reader.learn(output(b"abc"), AudioBody(b"abc", "mulaw", 8_000))
    assert reader.learn(linear, AudioBody(b"abc", "pcm16", 16_000)).encoding is Encoding.L16
    assert (reader.read(output(b"other")), reader.format) == (b"other", PCMU_8K)
    assert reader.read(linear) is None


def test_the_format_is_the_message_s() -> None:
    assert OutputReader().learn(output(b"abc"), AudioBody(b"abc", "mulaw", 8_000)) == PCMU_8K


def test_from_what_is_no_audio_nothing_is_learnt() -> None:
    reader, odd = OutputReader(), output(b"abc", encoding="mp3")
    with pytest.raises(MessageError, match="mp3"):
        reader.learn(odd, AudioBody(b"abc", "mp3"))
    assert reader.read(odd) is None
