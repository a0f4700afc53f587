from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from twilio.request_validator import RequestValidator

from gateway.audio.formats import PCMU_8K, AudioFormat, Encoding
from gateway.simulator.dialect import CallStatus, DialFailure, Leg, StreamEvent
from gateway.simulator.markup import Stream
from gateway.simulator.twilio.carrier import TwilioCarrier, new_call_id

DATA = Path(__file__).parents[2] / "data" / "twilio"
LEG = Leg("CA450188bc524230c5086da78b80861648", "AC0123456789abcdef0123456789abcdef", "+18181234567", "+13231234567")
TWILIO = TwilioCarrier(LEG, "token")
NOW_MS = 1_759_931_652_123


def _form(name: str) -> list[tuple[str, str]]:
    return parse_qsl((DATA / name).read_text().strip(), keep_blank_values=True)


def test_asks_for_a_document_as_captured() -> None:
    """The names, their order and the blank ones are those of a real request."""
    asked, captured = list(TWILIO.voice(answered=False)), _form("voice.form")
    assert [name for name, _ in asked] == [name for name, _ in captured]
    assert {name: value for name, value in asked if name != "CallToken"} == {
        name: value for name, value in captured if name != "CallToken"
    }
    assert dict(TWILIO.voice(answered=True))["CallStatus"] == "in-progress"


def test_a_withheld_caller_has_no_place() -> None:
    """Nothing is known of `anonymous`: blank places and no attestation."""
    asked = dict(TwilioCarrier(Leg("CA1", "AC1", "anonymous", "+442071838750"), None).voice(answered=False))
    assert asked["From"] == "anonymous"
    assert {asked[name] for name in ("FromCity", "FromCountry", "CallerState", "ToCountry", "CalledState")} == {""}
    assert "StirVerstat" not in asked


def test_a_call_from_a_sip_domain_names_it() -> None:
    """The SIP addresses, the domain and the INVITE's `X-` headers."""
    leg = Leg(
        "CA1",
        LEG.account_id,
        "sip:bob@example.com",
        "sip:support@acme.sip.twilio.com",
        sip=True,
        sip_headers={"X-Queue": "gold"},
    )
    asked = dict(TwilioCarrier(leg, None).voice(answered=False))
    documented = {name for name, _ in _form("voice_sip.form") if not name.startswith("SipHeader_")}
    assert asked.keys() == documented | {"SipHeader_X-Queue"}
    assert (asked["SipDomain"], asked["SipHeader_X-Queue"]) == ("acme.sip.twilio.com", "gold")


@pytest.mark.parametrize("behind", ["", ":5061", ";transport=tls", ":5061;transport=tls"])
def test_a_sip_domain_is_a_host_alone(behind: str) -> None:
    """Else the route of the domain would not answer a call that it answers when Twilio brings it."""
    called = f"sip:bob@acme.sip.twilio.com{behind}"
    leg = Leg("CA1", LEG.account_id, "sip:alice@example.com", called, sip=True)
    asked = dict(TwilioCarrier(leg, None).voice(answered=False))
    assert (asked["SipDomain"], asked["To"]) == ("acme.sip.twilio.com", called)


def test_tells_when_the_call_is_over() -> None:
    """Duration in seconds and in begun minutes, and an RFC 2822 time."""
    told = dict(TWILIO.ended(CallStatus.COMPLETED, 61, NOW_MS))
    assert (told["CallStatus"], told["CallDuration"], told["Duration"]) == ("completed", "61", "2")
    assert told["Timestamp"] == "Wed, 08 Oct 2025 13:54:12 +0000"


def test_tells_what_became_of_a_stream() -> None:
    """Twilio's words, a name that defaults to the id, and nanoseconds."""
    started = dict(TWILIO.stream_event(StreamEvent.STARTED, "MZ1", "", "", NOW_MS))
    assert started.keys() == {name for name, _ in _form("stream_started.form")}
    assert (started["StreamEvent"], started["StreamName"]) == ("stream-started", "MZ1")
    assert started["Timestamp"] == "2025-10-08T13:54:12.123000000Z"
    failed = dict(TWILIO.stream_event(StreamEvent.FAILED, "MZ1", "call-1", "31920", NOW_MS))
    assert (failed["StreamEvent"], failed["StreamError"], failed["StreamName"]) == ("stream-error", "31920", "call-1")


@pytest.mark.parametrize("url", ["https://gw.example.com:8443/voice#rc=2", "http://127.0.0.1:8080/voice?a=b"])
def test_twilios_own_validator_accepts_a_post(url: str) -> None:
    """Signed over the URL and every parameter, blank ones too."""
    request = TWILIO.request("POST", url, TWILIO.voice(answered=False), NOW_MS)
    parameters = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    assert parameters["ToCity"] == ""
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded; charset=UTF-8"
    signature = request.headers["X-Twilio-Signature"]
    assert RequestValidator("token").validate(url.partition("#")[0], parameters, signature)


def test_twilios_own_validator_accepts_a_get() -> None:
    """Parameters go into the query, beside what is there, and are signed as part of the URL."""
    request = TWILIO.request("GET", "https://gw.example.com/voice?a=b", TWILIO.voice(answered=False), NOW_MS)
    assert request.body == b""
    assert dict(parse_qsl(urlsplit(request.url).query))["a"] == "b"
    assert RequestValidator("token").validate(request.url, {}, request.headers["X-Twilio-Signature"])


def test_a_get_has_no_token_of_the_call() -> None:
    """Twilio sends it with a POST only: whoever needs it has to ask for one."""
    request = TWILIO.request("GET", "https://gw.example.com/voice", TWILIO.voice(answered=False), NOW_MS)
    asked = dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
    assert asked.keys() == dict(TWILIO.voice(answered=False)).keys() - {"CallToken"}


def test_without_a_token_nothing_is_signed() -> None:
    """For trying what a gateway does with a forged request."""
    forger = TwilioCarrier(LEG, None)
    assert "X-Twilio-Signature" not in forger.request("POST", "https://x/", [], NOW_MS).headers
    assert forger.media_headers("wss://x/") == {}


def test_signs_the_media_handshake() -> None:
    """Over the `wss` URL of the document."""
    signature = TWILIO.media_headers("wss://gw.example.com/media/x")["X-Twilio-Signature"]
    assert RequestValidator("token").validate("wss://gw.example.com/media/x", {}, signature)


def test_a_stream_is_mu_law_both_ways() -> None:
    """Whatever the caller's leg, without complaint."""
    stream = Stream("wss://gw.example.com/m", {"url": "wss://gw.example.com/m"}, {"token": "x"})
    terms = TWILIO.terms(stream, AudioFormat(Encoding.G722))
    assert (terms.url, terms.speaks, terms.hears) == ("wss://gw.example.com/m", PCMU_8K, PCMU_8K)
    assert (terms.complaints, terms.refusal) == ((), "")
    assert "token" in TWILIO.stream(TWILIO.new_stream_id(), terms).start()


def test_drops_the_query_of_a_stream_url() -> None:
    """Twilio does not support query strings: what was in it does not arrive."""
    terms = TWILIO.terms(Stream("wss://gw.example.com/m?token=x"), PCMU_8K)
    assert terms.url == "wss://gw.example.com/m"
    assert [complaint.code for complaint in terms.complaints] == ["31920"]


def test_parameters_are_limited() -> None:
    """Name and value together must stay under 500 characters."""
    longest = TWILIO.terms(Stream("wss://x/", {}, {"abc": "v" * 496}), PCMU_8K)
    too_long = TWILIO.terms(Stream("wss://x/", {}, {"abc": "v" * 497}), PCMU_8K)
    assert longest.complaints == ()
    assert [complaint.code for complaint in too_long.complaints] == ["parameter"]


def test_a_streams_name_is_unique_in_a_call() -> None:
    """Of streams without one Twilio makes a name itself."""
    carrier = TwilioCarrier(LEG, "12345")
    named = [carrier.terms(Stream("wss://x/", {"name": name}), PCMU_8K) for name in ("call-1", "call-2", "call-1")]
    nameless = [carrier.terms(Stream("wss://x/"), PCMU_8K) for _ in range(2)]
    assert [len(terms.complaints) for terms in (*named, *nameless)] == [0, 0, 1, 0, 0]
    assert "'call-1'" in named[-1].complaints[0].detail


def test_twiml_is_no_template() -> None:
    """Braces mean nothing to Twilio."""
    assert TWILIO.problems(b"<Response>{{x}}</Response>") == []


def test_ids_look_like_twilios() -> None:
    """A prefix and 32 hexadecimal digits."""
    assert (len(new_call_id()), new_call_id()[:2]) == (34, "CA")
    assert (len(TWILIO.new_stream_id()), TWILIO.new_stream_id()[:2]) == (34, "MZ")


def test_names_every_failed_socket() -> None:
    """Each has its own number in Twilio's error dictionary."""
    assert len({TWILIO.dial_error(failure) for failure in DialFailure}) == len(DialFailure)
