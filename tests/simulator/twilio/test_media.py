import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.simulator.dialect import Clear, Complaint, Mark, Media
from gateway.simulator.twilio.media import TwilioStream

DATA = Path(__file__).parents[2] / "data" / "twilio"
SID = "MZ0123456789abcdef0123456789abcdef"


def _stream() -> TwilioStream:
    return TwilioStream(
        stream_sid=SID,
        call_sid="CA450188bc524230c5086da78b80861648",
        account_sid="AC0123456789abcdef0123456789abcdef",
        parameters={"FirstName": "Jane", "LastName": "Doe", "RemoteParty": "Bob"},
    )


def _data(name: str, **changes: Any) -> dict[str, Any]:
    message: dict[str, Any] = json.loads((DATA / name).read_text())
    return message | changes


def test_says_what_twilio_says() -> None:
    """Each message equals the documented one, strings where Twilio has strings, and numbers count from one."""
    stream = _stream()
    captured = _data("media.json", streamSid=SID)
    payload = base64.b64decode(captured["media"]["payload"])
    assert json.loads(stream.connected()) == _data("connected.json")
    assert json.loads(stream.start()) == _data("start.json")
    assert json.loads(stream.media(payload, 171)) == captured
    assert json.loads(stream.mark("my label")) == _data("mark.json", sequenceNumber="3")
    assert json.loads(stream.dtmf("1", 0)) == _data("dtmf.json", sequenceNumber="4")
    assert json.loads(stream.stop()) == _data("stop.json")


def test_counts_chunks_apart_from_messages() -> None:
    """`chunk` numbers the media, `sequenceNumber` everything."""
    stream = _stream()
    stream.start()
    stream.media(b"a", 20)
    stream.mark("m")
    message = json.loads(stream.media(b"b", 40))
    assert (message["sequenceNumber"], message["media"]["chunk"]) == ("4", "2")


def test_a_start_without_parameters_has_an_empty_object() -> None:
    """`customParameters` is never missing."""
    stream = TwilioStream(stream_sid=SID, call_sid="CA1", account_sid="AC1", parameters={})
    assert json.loads(stream.start())["start"]["customParameters"] == {}


@given(st.binary(max_size=400))
def test_reads_media_of_any_size(payload: bytes) -> None:
    """The bytes that the gateway meant are the bytes that are played."""
    body = {"payload": base64.b64encode(payload).decode()}
    assert _stream().read(json.dumps({"event": "media", "streamSid": SID, "media": body})) == [Media(payload)]


def test_reads_mark_and_clear() -> None:
    """The other two messages that Twilio takes."""
    assert _stream().read(json.dumps({"event": "mark", "streamSid": SID, "mark": {"name": "m"}})) == [Mark("m")]
    assert _stream().read(json.dumps({"event": "clear", "streamSid": SID})) == [Clear()]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"\x00\x01", "31950", id="binary"),
        pytest.param("hello", "31951", id="no JSON"),
        pytest.param("[]", "31951", id="no object"),
        pytest.param({"event": "stop", "streamSid": SID}, "31951", id="unknown event"),
        pytest.param({"event": "clear"}, "31951", id="no streamSid"),
        pytest.param({"event": "clear", "stream_sid": SID}, "31951", id="stream_sid"),
        pytest.param({"event": "clear", "streamSid": "MZother"}, "31951", id="wrong streamSid"),
        pytest.param({"event": "clear", "streamSid": SID, "x": 1}, "31951", id="extra field"),
        pytest.param({"event": "media", "streamSid": SID}, "31951", id="no media"),
        pytest.param(
            {"event": "media", "streamSid": SID, "media": {"payload": "", "track": "outbound"}},
            "31951",
            id="extra field inside",
        ),
        pytest.param({"event": "media", "streamSid": SID, "media": {"payload": "*"}}, "31951", id="no base64"),
        pytest.param({"event": "media", "streamSid": SID, "media": {"payload": "ü"}}, "31951", id="no ASCII"),
        pytest.param({"event": "mark", "streamSid": SID, "mark": {}}, "31951", id="mark without name"),
    ],
)
def test_complains_as_twilio_does(data: str | bytes | dict[str, object], code: str) -> None:
    """A warning in the Debugger; nothing is played and nothing is said on the socket."""
    stream = _stream()
    [complaint] = stream.read(json.dumps(data) if isinstance(data, dict) else data)
    assert isinstance(complaint, Complaint)
    assert complaint.code == code
    assert stream.complain(complaint) is None
