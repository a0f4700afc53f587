import base64
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audio.formats import PCMU_8K, AudioFormat, ByteOrder, Encoding
from gateway.simulator.dialect import CallStatus, DialFailure, Leg, StreamEvent
from gateway.simulator.markup import Stream
from gateway.simulator.telnyx.carrier import TelnyxCarrier, new_call_id

DATA = Path(__file__).parents[2] / "data" / "telnyx"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LEG = Leg(
    "v3:9X2vxPDFY2RHSJ1EdMS0RHRksMTg7ldNxdjWbVr9zBjbGjGsSe-aiQ",
    "f5586561-8ff0-4291-a51b-c7dfe4139ff9",
    "+13122010091",
    "+13122010090",
)
TELNYX = TelnyxCarrier(LEG, KEY)
PCMA = AudioFormat(Encoding.PCMA)
NOW_MS = 1_705_314_600_500


def _form(name: str) -> dict[str, str]:
    return dict(parse_qsl((DATA / name).read_text().strip(), keep_blank_values=True))


def _stream(**attributes: str) -> Stream:
    return Stream("wss://gw.example.com/m?a=b", {"bidirectionalMode": "rtp", **attributes}, {})


def test_asks_for_a_document_as_documented() -> None:
    """The call has been answered already when Telnyx asks."""
    assert dict(TELNYX.voice(answered=False)) == _form("voice.form")


def test_a_sip_call_says_so() -> None:
    """By its calling party type; its addresses are what they are, and the INVITE's headers come with it."""
    leg = Leg("v3:1", "a", "sip:bob@example.com", "+13122010090", sip=True, sip_headers={"X-Queue": "gold"})
    asked = dict(TelnyxCarrier(leg, None).voice(answered=True))
    assert (asked["CallingPartyType"], asked["FromSipUri"]) == ("sip", "bob@example.com")
    assert asked["ToSipUri"] == "+13122010090@10.239.182.10"
    assert asked["SipHeader_X-Queue"] == "gold"


def test_tells_when_the_call_is_over() -> None:
    """The documented parameters of `TexmlCallCompleted`."""
    told = dict(TELNYX.ended(CallStatus.COMPLETED, 45, NOW_MS))
    assert told.keys() == _form("status_completed.form").keys()
    assert (told["CallStatus"], told["CallDuration"], told["Timestamp"]) == ("completed", "45", "2024-01-15T10:30:00Z")


def test_tells_what_became_of_a_stream() -> None:
    """`stream-failed`, where Twilio says `stream-error`."""
    started = dict(TELNYX.stream_event(StreamEvent.STARTED, "s1", "call-1", "", NOW_MS))
    failed = dict(TELNYX.stream_event(StreamEvent.FAILED, "s1", "call-1", "connection_failed", NOW_MS))
    assert started.keys() == _form("stream_started.form").keys()
    assert failed.keys() == _form("stream_failed.form").keys()
    assert (failed["StreamEvent"], failed["StreamError"]) == ("stream-failed", "connection_failed")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_signs_the_raw_body(method: str) -> None:
    """With GET there is none, and the parameters are in the query."""
    request = TELNYX.request(method, "https://gw.example.com/voice", TELNYX.voice(answered=False), NOW_MS)
    signature = base64.b64decode(request.headers["telnyx-signature-ed25519"])
    KEY.public_key().verify(signature, b"1705314600|" + request.body)
    sent = urlsplit(request.url).query if method == "GET" else request.body.decode()
    assert dict(parse_qsl(sent)) == _form("voice.form")
    assert (request.body == b"") is (method == "GET")


def test_without_a_key_nothing_is_signed() -> None:
    """For trying what a gateway does with a forged request."""
    assert "telnyx-timestamp" not in TelnyxCarrier(LEG, None).request("POST", "https://x/", [], NOW_MS).headers


def test_the_media_handshake_carries_nothing() -> None:
    """Telnyx documents no signature for it, and keeps the query of the URL."""
    assert TELNYX.media_headers("wss://x/") == {}
    assert TELNYX.terms(_stream(), PCMU_8K).url == "wss://gw.example.com/m?a=b"


@pytest.mark.parametrize(
    ("codec", "voice", "speaks"),
    [
        ("default", PCMA, PCMA),
        ("PCMU", PCMA, PCMU_8K),
        ("PCMA", PCMU_8K, PCMA),
        ("PCMU", AudioFormat(Encoding.G722), AudioFormat(Encoding.G722)),
        ("OPUS", PCMA, PCMA),
    ],
)
def test_transcodes_only_between_the_two_g711s(codec: str, voice: AudioFormat, speaks: AudioFormat) -> None:
    """Where it cannot, the leg's own codec is used without a word."""
    assert TELNYX.terms(_stream(codec=codec), voice).speaks == speaks


@pytest.mark.parametrize(
    ("attributes", "hears"),
    [
        ({}, PCMU_8K),
        ({"bidirectionalCodec": "PCMA"}, PCMA),
        ({"bidirectionalCodec": "G722"}, AudioFormat(Encoding.G722)),
        (
            {"bidirectionalCodec": "L16", "bidirectionalSamplingRate": "16000"},
            AudioFormat(Encoding.L16, 16000, ByteOrder.LITTLE),
        ),
    ],
)
def test_hears_the_codec_that_the_document_names(attributes: dict[str, str], hears: AudioFormat) -> None:
    """μ-law where it names none; L16 in the byte order of this carrier."""
    terms = TELNYX.terms(_stream(**attributes), AudioFormat(Encoding.L16, 16000, ByteOrder.LITTLE))
    assert (terms.hears, terms.refusal, terms.complaints) == (hears, "", ())


@pytest.mark.parametrize(
    "stream",
    [
        Stream("wss://x/"),
        _stream(bidirectionalMode="mp3"),
        _stream(bidirectionalCodec="OPUS"),
        _stream(bidirectionalCodec="L16", bidirectionalSamplingRate="44100"),
    ],
    ids=["default is mp3", "mp3", "opus", "rate"],
)
def test_refuses_media_it_cannot_play(stream: Stream) -> None:
    """The stream opens, the caller hears nothing, and the report says why."""
    terms = TELNYX.terms(stream, PCMU_8K)
    assert terms.refusal
    assert [complaint.detail for complaint in terms.complaints] == [terms.refusal]


def test_braces_are_a_template() -> None:
    """TeXML is evaluated with Mustache before it is followed."""
    assert TELNYX.problems(b"<Response/>") == []
    assert [complaint.code for complaint in TELNYX.problems(b"<Response><Say>{{x}}</Say></Response>")] == ["mustache"]


def test_ids_look_like_telnyx() -> None:
    """Opaque, with a colon in the call's, and a UUID for the stream."""
    assert new_call_id().startswith("v3:")
    assert len(TELNYX.new_stream_id()) == 36
    assert "v3:" in TELNYX.stream("s1", TELNYX.terms(_stream(), PCMU_8K)).start()


def test_has_one_word_for_a_failed_socket() -> None:
    """Whatever failed."""
    assert {TELNYX.dial_error(failure) for failure in DialFailure} == {"connection_failed"}
