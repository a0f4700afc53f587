"""Telnyx' webhooks, as the web layer meets them."""

from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audio.formats import PCMU_8K, AudioFormat, ByteOrder, Encoding
from gateway.calls import CallStatus, Carrier, StreamStatus
from gateway.carriers.base import ConnectStream, HangUp, WebhookDialect, WebhookRequest
from gateway.carriers.forms import FORM_TYPE
from gateway.carriers.telnyx.media import TelnyxMedia
from gateway.carriers.telnyx.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER
from gateway.carriers.telnyx.webhooks import TelnyxPolicy, TelnyxWebhooks
from gateway.errors import ConfigError, SignatureError, SignatureFault, WebhookError
from tests.carriers.telnyx.keys import NOW_S, OTHER_PUBLIC_KEY, PUBLIC_KEY, signed
from tests.carriers.wire import HOST, get, post, post_form, read

TELNYX: WebhookDialect = TelnyxWebhooks(TelnyxPolicy((PUBLIC_KEY,)))
LENIENT = TelnyxWebhooks(TelnyxPolicy((PUBLIC_KEY,), require_signature=False))
VOICE = post("/webhooks/telnyx/voice", read("telnyx/voice.form"))
NETWORKS = ("192.76.120.128/29", "203.0.113.0/24")


def fault_of(dialect: WebhookDialect, request: WebhookRequest) -> SignatureFault:
    with pytest.raises(SignatureError) as caught:
        dialect.verify(request, NOW_S)
    return caught.value.fault


def without(request: WebhookRequest, header: str) -> WebhookRequest:
    return replace(request, headers={name: value for name, value in request.headers.items() if name != header})


def test_a_signed_webhook_is_let_in() -> None:
    """Posted, or asked for with GET, of which only the time is signed."""
    TELNYX.verify(signed(VOICE), NOW_S)
    TELNYX.verify(signed(get("/webhooks/telnyx/voice?CallSid=v3%3Aabc&To=%2B1312")), NOW_S)


def test_a_webhook_with_a_name_in_another_encoding_is_let_in() -> None:
    """Its bytes are signed, whatever they spell."""
    request = signed(post("/webhooks/telnyx/voice", read("telnyx/voice.form") + b"&CallerName=M%FCller"))
    TELNYX.verify(request, NOW_S)
    assert TELNYX.parse_voice(request).called == "+13122010090"


def test_the_url_is_not_signed() -> None:
    """So no proxy can break it; and nothing of a POST's is read."""
    request = replace(signed(VOICE), url="http://10.0.0.1:8080/x?To=%2B1999")
    TELNYX.verify(request, NOW_S)
    assert TELNYX.parse_voice(request).called == "+13122010090"


@pytest.mark.parametrize(
    ("request_", "fault"),
    [
        pytest.param(VOICE, SignatureFault.MISSING, id="unsigned"),
        pytest.param(without(signed(VOICE), TIMESTAMP_HEADER), SignatureFault.MISSING, id="no-timestamp"),
        pytest.param(signed(VOICE, str(NOW_S - 301)), SignatureFault.STALE, id="replayed"),
        pytest.param(replace(signed(VOICE), body=VOICE.body + b"&a=1"), SignatureFault.MISMATCH, id="another-body"),
        pytest.param(
            replace(signed(VOICE), method="GET", url=f"{HOST}/v?CallSid=forged"),
            SignatureFault.MISMATCH,
            id="post-as-get",
        ),
    ],
)
def test_what_telnyx_did_not_sign_is_refused(request_: WebhookRequest, fault: SignatureFault) -> None:
    """By its fault."""
    assert fault_of(TELNYX, request_) is fault


def test_signatures_may_be_optional() -> None:
    """But one that is there, even half of one, must be right."""
    LENIENT.verify(VOICE, NOW_S)
    LENIENT.verify(signed(VOICE), NOW_S)
    assert fault_of(LENIENT, without(signed(VOICE), TIMESTAMP_HEADER)) is SignatureFault.MISSING
    assert fault_of(LENIENT, without(signed(VOICE), SIGNATURE_HEADER)) is SignatureFault.MISSING
    assert fault_of(LENIENT, replace(signed(VOICE), body=b"forged")) is SignatureFault.MISMATCH


def test_optional_signatures_need_no_key() -> None:
    """Whoever could forge one could leave it out as well."""
    TelnyxWebhooks(TelnyxPolicy(require_signature=False)).verify(signed(VOICE), NOW_S)


@pytest.mark.parametrize(
    "public_keys",
    [(PUBLIC_KEY,), (PUBLIC_KEY, OTHER_PUBLIC_KEY), (OTHER_PUBLIC_KEY, PUBLIC_KEY)],
    ids=["one", "first", "second"],
)
def test_any_of_the_keys_may_have_signed(public_keys: tuple[str, ...]) -> None:
    """While the account's key changes."""
    TelnyxWebhooks(TelnyxPolicy(public_keys)).verify(signed(VOICE), NOW_S)


@pytest.mark.parametrize("public_keys", [(), ("",), (" \n", "")], ids=["none", "empty", "blank"])
def test_without_a_key_nobody_is_let_in(public_keys: tuple[str, ...]) -> None:
    """Unless the operator says that signatures are not required."""
    dialect = TelnyxWebhooks(TelnyxPolicy(public_keys))
    assert fault_of(dialect, signed(VOICE)) is SignatureFault.UNCONFIGURED
    assert fault_of(dialect, VOICE) is SignatureFault.UNCONFIGURED


@pytest.mark.parametrize("require_signature", [True, False])
def test_addresses_are_checked_beside_signatures(*, require_signature: bool) -> None:
    """For webhooks and media sockets alike."""
    policy = TelnyxPolicy((PUBLIC_KEY,), require_signature=require_signature, allow_cidrs=NETWORKS)
    dialect = TelnyxWebhooks(policy)
    dialect.verify(signed(VOICE), NOW_S)
    dialect.verify_media("wss://h/media/telnyx/T", {}, "192.76.120.130")

    assert fault_of(dialect, replace(signed(VOICE), client_ip="198.51.100.1")) is SignatureFault.ADDRESS
    with pytest.raises(SignatureError) as caught:
        dialect.verify_media("wss://h/media/telnyx/T", {}, "198.51.100.1")
    assert caught.value.fault is SignatureFault.ADDRESS


def test_a_media_socket_needs_no_signature() -> None:
    """Telnyx signs none; without networks only the ticket guards it."""
    TELNYX.verify_media("wss://h/media/telnyx/T", {}, "198.51.100.1")


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        pytest.param(
            TelnyxPolicy((PUBLIC_KEY, "A6EH")),
            "telnyx.public_key must be base64 of 32 bytes, not 'A6EH'",
            id="short-key",
        ),
        pytest.param(TelnyxPolicy(("ä!",)), "telnyx.public_key must be", id="no-key"),
        pytest.param(
            TelnyxPolicy(allow_cidrs=("192.76.120.129/29",)), "telnyx.allow_cidrs .*129/29.* host bits", id="bits"
        ),
        pytest.param(TelnyxPolicy(allow_cidrs=("telnyx.com",)), "telnyx.allow_cidrs .*'telnyx.com'", id="name"),
        pytest.param(TelnyxPolicy(codec="pcmu"), "telnyx.codec must be one of PCMU, .*'pcmu'", id="codec"),
        pytest.param(TelnyxPolicy(bidirectional_codec="MP3"), "telnyx.bidirectional_codec must be .*'MP3'", id="mp3"),
        pytest.param(
            TelnyxPolicy(bidirectional_codec="OPUS"), "telnyx.bidirectional_codec must be .*'OPUS'", id="opus"
        ),
        pytest.param(
            TelnyxPolicy(bidirectional_sampling_rate=16000),
            "telnyx.bidirectional_sampling_rate must be 8000 for PCMU, not 16000",
            id="rate",
        ),
        pytest.param(
            TelnyxPolicy(bidirectional_codec="L16", bidirectional_sampling_rate=44100),
            "must be 8000 or 16000 or 24000 for L16, not 44100",
            id="l16-rate",
        ),
    ],
)
def test_a_policy_that_cannot_be_followed_is_refused(policy: TelnyxPolicy, problem: str) -> None:
    """At construction, by the setting's name and value."""
    with pytest.raises(ConfigError, match=problem):
        TelnyxWebhooks(policy)


def test_all_problems_are_told_together() -> None:
    """An operator corrects them in one go."""
    with pytest.raises(ConfigError) as caught:
        TelnyxWebhooks(TelnyxPolicy(("x",), allow_cidrs=("y", "z"), codec="w", bidirectional_codec="v"))
    assert len(caught.value.problems) == 5


def test_reads_its_webhooks() -> None:
    """Each of the three kinds."""
    assert TELNYX.parse_voice(VOICE).caller == "+13122010091"
    answered = TELNYX.parse_status(post("/s", read("telnyx/status_answered.form")))
    assert (answered.carrier, answered.status, answered.said) == (Carrier.TELNYX, CallStatus.IN_PROGRESS, "in-progress")
    completed = TELNYX.parse_status(post("/s", read("telnyx/status_completed.form")))
    assert (completed.status, completed.said) == (CallStatus.OVER, "completed")
    started = TELNYX.parse_stream_status(post("/s", read("telnyx/stream_started.form")))
    assert (started.status, started.error) == (StreamStatus.STARTED, "")
    failed = TELNYX.parse_stream_status(post("/s", read("telnyx/stream_failed.form")))
    assert (failed.status, failed.error) == (StreamStatus.FAILED, "Connection timeout")


def test_twilios_word_for_a_failed_stream_is_not_telnyx() -> None:
    """Each carrier has its own."""
    with pytest.raises(WebhookError) as caught:
        TELNYX.parse_stream_status(post_form(("CallSid", "v3:a"), ("StreamEvent", "stream-error")))
    assert caught.value.param == "StreamEvent"


def test_the_policy_reaches_document_and_media() -> None:
    """What the document asks for is what the media dialect sends."""
    policy = TelnyxPolicy(
        (PUBLIC_KEY,),
        codec="PCMA",
        bidirectional_codec="L16",
        bidirectional_sampling_rate=16000,
        l16_byte_order=ByteOrder.LITTLE,
    )
    dialect = TelnyxWebhooks(policy)
    texml = dialect.document(ConnectStream("wss://h/m", "https://h/s", "https://h/c", "call_a")).decode()
    assert 'codec="PCMA"' in texml
    assert 'bidirectionalCodec="L16" bidirectionalSamplingRate="16000"' in texml
    assert dialect.media().outgoing == AudioFormat(Encoding.L16, 16000, ByteOrder.LITTLE)


def test_only_l16_has_a_byte_order() -> None:
    """μ-law out stays the μ-law that needs no transcoding."""
    dialect = TelnyxWebhooks(TelnyxPolicy((PUBLIC_KEY,), l16_byte_order=ByteOrder.LITTLE))
    assert dialect.media().outgoing == PCMU_8K


def test_answers_in_texml_and_opens_fresh_media() -> None:
    """No two calls share what a stream has said."""
    assert TELNYX.document(HangUp()) == b'<?xml version="1.0" encoding="UTF-8"?><Response><Hangup /></Response>'
    assert isinstance(TELNYX.media(), TelnyxMedia)
    assert TELNYX.media() is not TELNYX.media()


REQUESTS = st.builds(
    WebhookRequest,
    method=st.sampled_from(["GET", "POST", "HEAD", ""]),
    url=st.text(st.characters()) | st.text().map(lambda text: f"{HOST}/v?{text}"),
    headers=st.fixed_dictionaries(
        {},
        optional={
            "content-type": st.sampled_from([FORM_TYPE, "application/json", ""]) | st.text(),
            SIGNATURE_HEADER: st.text(st.characters()),
            TIMESTAMP_HEADER: st.text(st.characters()) | st.just(str(NOW_S)),
        },
    ),
    body=st.binary()
    | st.lists(st.tuples(st.sampled_from(["CallSid", "To", "CallingPartyType"]), st.text() | st.just("sip")))
    .map(urlencode)
    .map(str.encode),
    client_ip=st.text(st.characters()),
)


@given(REQUESTS)
def test_no_request_raises_anything_else(request: WebhookRequest) -> None:
    """A stranger's request is refused, or read; it breaks nothing."""
    with pytest.raises(SignatureError):
        TELNYX.verify(request, NOW_S)
    with pytest.raises(SignatureError):
        TelnyxWebhooks(TelnyxPolicy((PUBLIC_KEY,), allow_cidrs=NETWORKS)).verify_media(
            request.url, {}, request.client_ip
        )
    for parse in (TELNYX.parse_voice, TELNYX.parse_status, TELNYX.parse_stream_status):
        with suppress(WebhookError):
            parse(request)
