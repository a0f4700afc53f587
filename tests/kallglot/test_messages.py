"""Rules of the session stream's messages."""

import contextlib
import json
from base64 import b64encode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audio.formats import PCMU_8K, AudioFormat, ByteOrder, Encoding
from gateway.errors import MessageError, MessageFault
from gateway.kallglot.messages import (
    MESSAGE_TYPES,
    PING,
    SESSION_END,
    AudioBody,
    AudioInput,
    AudioOutput,
    Pong,
    ServerMessage,
    SessionEnded,
    SessionError,
    SessionReady,
    TranscriptFinal,
    TranscriptPartial,
    Translation,
    Unknown,
    decode,
)
from tests.kallglot.samples import sample


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("session_ready", SessionReady()),
        ("transcript_partial", TranscriptPartial(text="Ich möchte meine", speaker="customer")),
        (
            "transcript_final",
            TranscriptFinal(
                text="Ich möchte meine Bestellung ändern",
                speaker="customer",
                translation=Translation(text="I want to change my order"),
            ),
        ),
        ("audio_output", AudioOutput(audio=AudioBody(payload=b"\x7f\x7f\x7f"))),
        ("pong", Pong()),
        ("session_ended", SessionEnded()),
    ],
)
def test_reads_every_documented_message(name: str, expected: ServerMessage) -> None:
    """Each message of the quick start is understood, from bytes and from a view of them."""
    data = sample(f"stream/{name}.json")
    assert decode(data) == expected
    assert decode(memoryview(data)) == expected


def test_reads_the_optional_fields() -> None:
    """What the REST transcript has beside a turn's text is taken from the stream too, where it is there."""
    message = decode(
        b'{"type":"transcript.final","speaker":"customer","language":"de","text":"Ja","confidence":0.96,"sequence":1,'
        b'"translation":{"language":"en","text":"Yes"}}'
    )
    assert message == TranscriptFinal("Ja", "customer", "de", Translation("Yes", "en"))


@pytest.mark.parametrize(
    "beside", [b'"sequence":"17"', b'"sequence":1.5', b'"speaker":{"id":"agent"}', b'"timestamp_ms":"now"']
)
def test_audio_is_heard_whatever_else_its_message_says(beside: bytes) -> None:
    """Only `audio.payload` is documented: a `sequence` of another kind must not make a call silent."""
    data = b'{"type":"audio.output",%b,"audio":{"payload":"f39/"}}' % beside
    assert decode(data) == AudioOutput(AudioBody(b"\x7f\x7f\x7f"))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b'{"type":"session.ready","session_id":7}', SessionReady(), id="ready"),
        pytest.param(b'{"type":"session.ended","reason":{"code":"inactivity"}}', SessionEnded(), id="ended"),
        pytest.param(b'{"type":"pong","session_id":7}', Pong(), id="pong"),
    ],
)
def test_a_session_begins_and_ends_whatever_else_is_said_of_it(data: bytes, expected: ServerMessage) -> None:
    """Of `session.ready` nothing but the type is documented: what comes with it must not keep the caller waiting."""
    assert decode(data) == expected


def test_words_are_read_however_sure_kallglot_is_of_them() -> None:
    """`confidence` is a number in the REST transcript; nothing is said of it on the stream, and nobody here asks."""
    data = b'{"type":"transcript.final","text":"Ja","speaker":"customer","confidence":"high"}'
    assert decode(data) == TranscriptFinal("Ja", "customer")


def test_names_the_documented_types() -> None:
    """A metric's label can be made of them."""
    assert {
        "session.ready",
        "transcript.partial",
        "transcript.final",
        "audio.output",
        "pong",
        "session.ended",
        "session.error",
    } == MESSAGE_TYPES


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        pytest.param(b'{"type":"language.detected","language":"de"}', "language.detected", id="new type"),
        pytest.param(b'{"audio":{"payload":5},"type":"audio.mystery"}', "audio.mystery", id="new type, known field"),
        pytest.param(b'{"event":"media"}', "", id="no type"),
        pytest.param(b"{}", "", id="empty object"),
    ],
)
def test_an_unknown_message_is_no_error(data: bytes, kind: str) -> None:
    """What Kallglot adds one day disturbs no call."""
    assert decode(data) == Unknown(kind)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        pytest.param(b"", MessageFault.NOT_JSON, id="nothing"),
        pytest.param(b"<html>", MessageFault.NOT_JSON, id="html"),
        pytest.param(b'{"type":"pong"', MessageFault.NOT_JSON, id="truncated"),
        pytest.param(b'{"type":"pong"} {}', MessageFault.NOT_JSON, id="two messages"),
        pytest.param(b'{"type":"pong\xff"}', MessageFault.NOT_JSON, id="type not utf-8"),
        pytest.param(b"[]", MessageFault.NOT_A_MESSAGE, id="array"),
        pytest.param(b"7", MessageFault.NOT_A_MESSAGE, id="number"),
        pytest.param(b'{"type":7}', MessageFault.NOT_A_MESSAGE, id="type is a number"),
        pytest.param(b'{"type":null}', MessageFault.NOT_A_MESSAGE, id="type is null"),
        pytest.param(b'{"type":"audio.output"}', MessageFault.NOT_A_MESSAGE, id="audio without audio"),
        pytest.param(b'{"type":"audio.output","audio":{}}', MessageFault.NOT_A_MESSAGE, id="audio without payload"),
        pytest.param(b'{"type":"audio.output","audio":{"payload":7}}', MessageFault.NOT_A_MESSAGE, id="payload 7"),
        pytest.param(b'{"type":"audio.output","audio":{"payload":"f3*/"}}', MessageFault.BAD_BASE64, id="alphabet"),
        pytest.param(b'{"type":"audio.output","audio":{"payload":"f39"}}', MessageFault.BAD_BASE64, id="padding"),
        pytest.param(b'{"type":"transcript.final"}', MessageFault.NOT_A_MESSAGE, id="transcript without text"),
        pytest.param(b'{"type":"pong","x":' + b"[" * 100_000, MessageFault.NOT_A_MESSAGE, id="nested too deeply"),
        pytest.param(b'{"x":' + b"[" * 100_000, MessageFault.NOT_A_MESSAGE, id="nested too deeply, no type"),
    ],
)
def test_names_what_is_wrong_with_a_message(data: bytes, fault: MessageFault) -> None:
    """A bad message is counted by its fault; it ends no call."""
    with pytest.raises(MessageError) as caught:
        decode(data)
    assert caught.value.fault is fault


@given(st.binary())
def test_any_bytes_are_a_message_or_a_message_error(data: bytes) -> None:
    """Nothing that a socket can bring raises anything else."""
    with contextlib.suppress(MessageError):
        decode(data)


_VALUES: list[object] = [
    None,
    True,
    0,
    -1,
    0.5,
    2**63,
    2**70,
    "",
    "f39/",
    "x",
    [],
    ["x"],
    {},
    {"text": "x"},
    {"text": None},
]
_values = st.sampled_from([*_VALUES, *({key: value} for key in ("payload", "code", "message") for value in _VALUES)])
_fields = ["audio", "payload", "text", "speaker", "error", "code", "message", "reason", "session_id", "translation"]


@given(st.sampled_from(sorted(MESSAGE_TYPES)), st.dictionaries(st.sampled_from(_fields), _values))
def test_any_fields_are_a_message_or_a_message_error(kind: str, fields: dict[str, object]) -> None:
    """A known type with fields of any shape raises nothing else either, nor do the fields it is asked for."""
    try:
        message = decode(msgspec.json.encode({"type": kind, **fields}))
    except MessageError:
        return
    if isinstance(message, SessionError):
        assert isinstance(message.code, str)
        assert isinstance(message.message, str)


def test_output_is_mulaw_unless_it_says_otherwise() -> None:
    """The quick start plays `audio.payload` without asking what it is."""
    assert AudioBody(b"").format is PCMU_8K
    assert AudioBody(b"", encoding="mulaw", sample_rate_hz=8000).format == PCMU_8K


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(b'{"encoding":"ulaw"}', PCMU_8K, id="ulaw"),
        pytest.param(b'{"encoding":"PCMU"}', PCMU_8K, id="pcmu"),
        pytest.param(b'{"encoding":"alaw"}', AudioFormat(Encoding.PCMA), id="alaw"),
        pytest.param(b'{"encoding":"Pcma"}', AudioFormat(Encoding.PCMA), id="pcma"),
        pytest.param(b'{"sample_rate_hz":16000}', AudioFormat(Encoding.PCMU, 16000), id="only a rate"),
        pytest.param(b'{"sample_rate_hz":16000.0}', AudioFormat(Encoding.PCMU, 16000), id="a rate in floating point"),
        pytest.param(
            b'{"encoding":"pcm_s16le","sample_rate_hz":24000}',
            AudioFormat(Encoding.L16, 24000, ByteOrder.LITTLE),
            id="pcm_s16le",
        ),
        pytest.param(
            b'{"encoding":"pcm16","sample_rate":16000}',
            AudioFormat(Encoding.L16, 16000, ByteOrder.LITTLE),
            id="pcm16, the rate's other name",
        ),
        pytest.param(b'{"encoding":"L16"}', AudioFormat(Encoding.L16, 8000, ByteOrder.LITTLE), id="l16, no rate"),
        pytest.param(
            b'{"encoding":"linear16","sample_rate_hz":48000,"sample_rate":8000}',
            AudioFormat(Encoding.L16, 48000, ByteOrder.LITTLE),
            id="linear16, two rates",
        ),
    ],
)
def test_understands_declared_formats(body: bytes, expected: AudioFormat) -> None:
    """Audio that declares itself is played as what it declares."""
    message = decode(b'{"type":"audio.output","audio":%b}' % body.replace(b"}", b',"payload":"AAAA"}'))
    assert isinstance(message, AudioOutput)
    assert message.audio.format == expected


@pytest.mark.parametrize(
    ("audio", "said"),
    [
        pytest.param(AudioBody(b"", encoding="mp3"), "audio.encoding .* not 'mp3'", id="encoding"),
        pytest.param(AudioBody(b"", encoding="x" * 999), "not 'x{60}'$", id="endless encoding"),
        pytest.param(AudioBody(b"", sample_rate_hz=7999), "audio.sample_rate_hz .* not 7999", id="too low"),
        pytest.param(AudioBody(b"", sample_rate=96000), "audio.sample_rate_hz .* not 96000", id="too high"),
        pytest.param(AudioBody(b"", sample_rate_hz=-1), "not -1", id="negative"),
        pytest.param(AudioBody(b"", sample_rate_hz=8000.5), "not 8000.5", id="half a hertz"),
    ],
)
def test_names_the_format_it_does_not_play(audio: AudioBody, said: str) -> None:
    """An operator reads which encoding or rate Kallglot sent."""
    with pytest.raises(MessageError, match=said) as caught:
        _ = audio.format
    assert caught.value.fault is MessageFault.NOT_A_MESSAGE


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        pytest.param(b'{"error":{"message":"m","code":"c"}}', "c", "m", id="inside"),
        pytest.param(b'{"error":{"message":"m"},"code":"c"}', "c", "m", id="beside"),
        pytest.param(b'{"code":"c","message":"m"}', "c", "m", id="without error"),
        pytest.param(b'{"error":{"code":"inner"},"code":"outer"}', "inner", "", id="both"),
        pytest.param(b'{"error":"m"}', "", "m", id="error is a text"),
        pytest.param(b'{"error":{"code":4002,"message":null},"message":"m"}', "4002", "m", id="code is a number"),
        pytest.param(b'{"error":{"code":0},"code":1}', "0", "", id="code is zero"),
        pytest.param(b'{"error":null}', "", "", id="nothing"),
    ],
)
def test_finds_the_code_wherever_it_stands(data: bytes, code: str, words: str) -> None:
    """The documents show no key for the code of a stream error; all likely ones are looked at."""
    message = decode(b'{"type":"session.error",' + data[1:])
    assert isinstance(message, SessionError)
    assert (message.code, message.message) == (code, words)


def test_reads_the_documented_error() -> None:
    """Audio in a wrong format is refused with a code that can be counted."""
    message = decode(sample("stream/session_error.json"))
    assert isinstance(message, SessionError)
    assert message.code == "invalid_audio_format"
    assert message.message == "Only mulaw 8000 Hz is accepted"


def test_writes_audio_as_documented() -> None:
    """Kallglot finds the fields of its sample, in its order."""
    written = AudioInput("customer").encode(1729481920, 1729481920000, b"\x7f\x7f\x7f")
    assert written == sample("stream/audio_input.json").replace(b"\n ", b"")


@given(st.text(), st.integers(0, 2**53), st.integers(0, 2**53), st.binary())
def test_audio_arrives_as_it_was_said(speaker: str, sequence: int, timestamp_ms: int, ulaw: bytes) -> None:
    """Any speaker's name, `%` and quotes too, and any audio come out of the JSON as they went in."""
    assert json.loads(AudioInput(speaker).encode(sequence, timestamp_ms, ulaw)) == {
        "type": "audio.input",
        "sequence": sequence,
        "timestamp_ms": timestamp_ms,
        "speaker": speaker,
        "audio": {"encoding": "mulaw", "sample_rate_hz": 8000, "payload": b64encode(ulaw).decode()},
    }


@given(st.binary())
def test_audio_is_played_as_it_was_sent(payload: bytes) -> None:
    """Every byte of `audio.output` reaches the caller."""
    message = decode(b'{"type":"audio.output","audio":{"payload":"%b"}}' % b64encode(payload))
    assert message == AudioOutput(AudioBody(payload))


def test_the_other_messages_are_constants() -> None:
    """`ping` and `session.end` are nothing but their type."""
    assert json.loads(PING) == {"type": "ping"}
    assert json.loads(SESSION_END) == {"type": "session.end"}
