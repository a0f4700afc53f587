import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audio.formats import PCMU_8K, AudioFormat, Encoding
from gateway.simulator.dialect import Clear, Complaint, Leg, Mark, Media, StreamTerms
from gateway.simulator.telnyx.media import TelnyxStream

DATA = Path(__file__).parents[2] / "data" / "telnyx"
STREAM_ID = "32DE0DEA-53CB-4B21-89A4-9E1819C043BC"
LEG = Leg(
    "v2:T02llQxIyaRkhfRKxgAP8nY511EhFLizdvdUKJiSw8d6A9BborherQ",
    "3E6F995F-85F7-4705-9741-53B116D28237",
    "+13122010094",
    "+13122123456",
)


def _stream(hears: AudioFormat = PCMU_8K, refusal: str = "", speaks: AudioFormat = PCMU_8K) -> TelnyxStream:
    terms = StreamTerms("wss://x/", speaks, hears, {"customer_id": "customer_123"}, refusal)
    return TelnyxStream(stream_id=STREAM_ID, leg=LEG, terms=terms)


def _data(name: str, **changes: Any) -> dict[str, Any]:
    message: dict[str, Any] = json.loads((DATA / name).read_text())
    return message | changes


def _media(payload: bytes) -> str:
    return json.dumps({"event": "media", "media": {"payload": base64.b64encode(payload).decode()}})


def test_says_what_telnyx_says() -> None:
    """Each message has the documented fields, strings where Telnyx has strings, and numbers count from one."""
    stream = _stream()
    documented = _data("media.json", sequence_number="2")
    documented["media"]["chunk"] = "1"
    payload = base64.b64decode(documented["media"]["payload"])
    assert json.loads(stream.connected()) == _data("connected.json")
    start = json.loads(stream.start())
    for same in (start, expected := _data("start.json")):
        for own in ("call_session_id", "tags", "client_state"):
            del same["start"][own]
    assert start == expected
    assert json.loads(stream.media(payload, 5)) == documented
    assert json.loads(stream.mark("some_mark_name")) == _data("mark.json", sequence_number="3")
    pressed = json.loads(stream.dtmf("1", 1_749_113_659_698))
    assert pressed == _data("dtmf.json", sequence_number="4", occurred_at="2025-06-05T08:54:19.698000Z")
    assert json.loads(stream.stop()) == _data("stop.json")


def test_start_names_the_codec_of_the_leg() -> None:
    """A-law in Europe; a gateway that ignores it plays static."""
    audio = AudioFormat(Encoding.L16, 16000)
    start = json.loads(_stream(speaks=audio).start())["start"]
    assert start["media_format"] == {"encoding": "L16", "sample_rate": 16000, "channels": 1}


@given(st.binary(min_size=160, max_size=800))
def test_reads_media(payload: bytes) -> None:
    """The bytes that the gateway meant are the bytes that are played."""
    assert _stream().read(_media(payload)) == [Media(payload)]


def test_reads_mark_and_clear() -> None:
    """Without a stream id, which Telnyx does not ask for."""
    assert _stream().read('{"event":"mark","mark":{"name":"m"}}') == [Mark("m")]
    assert _stream().read('{"event":"clear"}') == [Clear()]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"\x00\x01", 100003, id="binary"),
        pytest.param("hello", 100003, id="no JSON"),
        pytest.param('{"event":"stop"}', 100003, id="unknown event"),
        pytest.param('{"event":"media"}', 100003, id="no media"),
        pytest.param('{"event":"clear","streamSid":"x"}', 100003, id="extra field"),
        pytest.param('{"event":"mark","mark":{"name":1}}', 100003, id="mark of another type"),
        pytest.param('{"event":"media","media":{"payload":"*"}}', 100004, id="no base64"),
        pytest.param('{"event":"media","media":{"payload":"ü"}}', 100004, id="no ASCII"),
        pytest.param(_media(bytes(8 * 30_001)), 100004, id="more than 30 s"),
    ],
)
def test_complains_on_the_socket(data: str | bytes, code: int) -> None:
    """An `error` message with the code under `payload`."""
    stream = _stream()
    [complaint] = stream.read(data)
    assert isinstance(complaint, Complaint)
    said = json.loads(stream.complain(complaint) or "")
    assert said["payload"]["code"] == code
    assert said["payload"].keys() == _data("error.json")["payload"].keys()
    assert said.keys() == _data("error.json").keys()


def test_half_a_sample_is_no_media() -> None:
    """An odd number of bytes cannot be L16."""
    [complaint] = _stream(hears=AudioFormat(Encoding.L16)).read(_media(bytes(321)))
    assert complaint == Complaint("100004", "half a sample: 321 bytes of L16")


def test_a_message_under_twenty_milliseconds_is_played_and_noted() -> None:
    """The documents ask for 20 ms; what Telnyx does with less is not known, so nothing is said on the socket."""
    stream = _stream()
    complaint, media = stream.read(_media(bytes(159)))
    assert media == Media(bytes(159))
    assert complaint == Complaint("undersized", "19.875 ms of audio in one message, less than 20")
    assert stream.complain(complaint) is None


def test_raw_audio_in_mp3_mode_is_never_played() -> None:
    """A stream without `bidirectionalMode="rtp"` is silence for the caller."""
    stream = _stream(refusal="not rtp")
    assert stream.read(_media(bytes(160))) == [Complaint("100004", "not rtp")]
    assert stream.read('{"event":"clear"}') == [Clear()]
