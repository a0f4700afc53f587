"""Twilio's webhooks, as the web layer meets them."""

from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.calls import CallStatus, Carrier, StreamStatus
from gateway.carriers.base import HangUp, WebhookDialect, WebhookRequest
from gateway.carriers.forms import FORM_TYPE, read_form
from gateway.carriers.twilio.media import TwilioMedia
from gateway.carriers.twilio.signature import HEADER, SETTINGS_HEADER, Algorithm, sign
from gateway.carriers.twilio.webhooks import TwilioWebhooks
from gateway.errors import SignatureError, SignatureFault, WebhookError
from tests.carriers.wire import HOST, get, post, post_form, read

TOKEN = "12345"
TWILIO: WebhookDialect = TwilioWebhooks([TOKEN])
NOW_S = 1_700_000_000
VOICE = post("/webhooks/twilio/voice", read("twilio/voice.form"))
JSON_BODY = b'{"CallSid":"CA1234567890ABCDE","Caller":"+12349013030"}'


def signed(request: WebhookRequest, token: str = TOKEN) -> WebhookRequest:
    parameters = read_form(request).pairs if request.method == "POST" else ()
    return with_header(request, sign(token, request.url, parameters))


def with_header(request: WebhookRequest, signature: str) -> WebhookRequest:
    return replace(request, headers={**request.headers, HEADER: signature})


def fault_of(dialect: WebhookDialect, request: WebhookRequest) -> SignatureFault:
    with pytest.raises(SignatureError) as caught:
        dialect.verify(request, NOW_S)
    return caught.value.fault


def test_a_signed_webhook_is_let_in() -> None:
    """With every parameter of the captured one, the blank ones too."""
    TWILIO.verify(signed(VOICE), NOW_S)
    TWILIO.verify(signed(get("/webhooks/twilio/voice?CallSid=CA1&From=%2B14158675310")), NOW_S)


def test_a_signature_made_by_twilio_for_a_blank_parameter() -> None:
    """The published vector, with the blank parameter that parsers like to lose."""
    request = post_form(("CallSid", "CA1"), ("ToCity", ""))
    TWILIO.verify(with_header(request, sign(TOKEN, f"{request.url}CallSidCA1ToCity")), NOW_S)


def test_the_documented_post_is_let_in() -> None:
    """Printed in Twilio's documentation with its signature."""
    body = b"Digits=1234&To=%2B18005551212&From=%2B14158675310&Caller=%2B14158675310&CallSid=CA1234567890ABCDE"
    request = replace(post("/", body), url="https://example.com/myapp.php?foo=1&bar=2")
    TWILIO.verify(with_header(request, "L/OH5YylLD5NRKLltdqwSvS0BnU="), NOW_S)


def test_a_shared_key_signs_with_sha256() -> None:
    """Named by a header of its own."""
    signature = sign(TOKEN, VOICE.url, read_form(VOICE).pairs, Algorithm.HMAC_SHA256)
    settings = {SETTINGS_HEADER: "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"}
    request = with_header(VOICE, signature)
    TWILIO.verify(replace(request, headers={**request.headers, **settings}), NOW_S)
    assert fault_of(TWILIO, request) is SignatureFault.MISMATCH


def test_a_json_body_is_covered_by_its_hash() -> None:
    """The published vector; another body under the same URL is refused."""
    request = WebhookRequest(
        "POST",
        "https://example.com/myapp?bodySHA256=5ccde7145dfb8f56479710896586cb9d5911809d83afbe34627818790db0aec9",
        {"content-type": "application/json", HEADER: "hPXmLwIy3Fgqv1i9KPmH/HhQ6zo="},
        JSON_BODY,
        "203.0.113.7",
    )
    TWILIO.verify(request, NOW_S)
    assert fault_of(TWILIO, replace(request, body=JSON_BODY + b" ")) is SignatureFault.MISMATCH


def test_a_body_that_nothing_covers_is_refused() -> None:
    """A signature of the URL alone says nothing about it."""
    url = f"{HOST}/webhooks/twilio/voice"
    headers = {"content-type": "application/json", HEADER: sign(TOKEN, url)}
    request = WebhookRequest("POST", url, headers, JSON_BODY, "203.0.113.7")
    assert fault_of(TWILIO, request) is SignatureFault.MALFORMED


def test_a_query_without_end_is_refused() -> None:
    """Before anything is computed over it."""
    request = replace(VOICE, url=VOICE.url + "?" + "a=1&" * 2000, headers={"content-type": "text/plain", HEADER: "x"})
    assert fault_of(TWILIO, request) is SignatureFault.MALFORMED


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"body": VOICE.body + b"&Extra=1"}, id="parameter-added"),
        pytest.param({"body": VOICE.body.replace(b"ToZip=&", b"")}, id="blank-parameter-lost"),
        pytest.param({"body": VOICE.body.replace(b"91604", b"91605")}, id="value-changed"),
        pytest.param({"url": VOICE.url + "?a=1"}, id="query-added"),
        pytest.param({"url": VOICE.url.replace("https", "http")}, id="scheme"),
        pytest.param({"url": VOICE.url.replace("example.com", "example.org")}, id="host"),
        pytest.param({"method": "GET"}, id="method"),
    ],
)
def test_a_changed_request_is_a_mismatch(change: dict[str, str]) -> None:
    """Nothing that Twilio signed can be altered."""
    assert fault_of(TWILIO, replace(signed(VOICE), **change)) is SignatureFault.MISMATCH  # type: ignore[arg-type]  # fields by name


def test_any_configured_token_may_sign() -> None:
    """The account's other token, or another region's."""
    TwilioWebhooks(["other", TOKEN]).verify(signed(VOICE), NOW_S)
    assert fault_of(TwilioWebhooks(["other"]), signed(VOICE)) is SignatureFault.MISMATCH


def test_an_unsigned_request_is_told_so() -> None:
    """Even where the rest of it is broken, too."""
    assert fault_of(TWILIO, VOICE) is SignatureFault.MISSING
    assert fault_of(TWILIO, replace(VOICE, body=b"\xff")) is SignatureFault.MISSING


def test_a_form_that_cannot_be_read_is_malformed() -> None:
    """No signature can be computed over it."""
    assert fault_of(TWILIO, with_header(post("/v", b"a=1&" * 1001), "x")) is SignatureFault.MALFORMED


@pytest.mark.parametrize("tokens", [[], [""], [" "]], ids=["none", "empty", "blank"])
def test_without_tokens_nobody_is_let_in(tokens: list[str]) -> None:
    """Least of all who signs with the empty key."""
    dialect = TwilioWebhooks(tokens)
    assert fault_of(dialect, signed(VOICE, "")) is SignatureFault.UNCONFIGURED
    with pytest.raises(SignatureError) as caught:
        dialect.verify_media("wss://h/m", {HEADER: sign("", "wss://h/m")}, "203.0.113.7")
    assert caught.value.fault is SignatureFault.UNCONFIGURED


@pytest.mark.parametrize(
    "signature_url",
    [
        "wss://voice.example.com/media/twilio/T",
        "wss://voice.example.com/media/twilio/T/",
        "wss://voice.example.com:443/media/twilio/T",
        "wss://voice.example.com:443/media/twilio/T/",
    ],
)
def test_a_signed_media_socket_is_let_in(signature_url: str) -> None:
    """However Twilio spelt its URL."""
    headers = {HEADER: sign(TOKEN, signature_url)}
    TWILIO.verify_media("wss://voice.example.com/media/twilio/T", headers, "203.0.113.7")


@pytest.mark.parametrize(
    ("headers", "fault"),
    [
        pytest.param({}, SignatureFault.MISSING, id="unsigned"),
        pytest.param(
            {HEADER: sign(TOKEN, "https://voice.example.com/media/twilio/T")}, SignatureFault.MISMATCH, id="https"
        ),
        pytest.param(
            {HEADER: sign(TOKEN, "wss://voice.example.com/media/twilio/U")}, SignatureFault.MISMATCH, id="ticket"
        ),
        pytest.param(
            {HEADER: sign("other", "wss://voice.example.com/media/twilio/T")}, SignatureFault.MISMATCH, id="token"
        ),
    ],
)
def test_another_media_socket_is_refused(headers: dict[str, str], fault: SignatureFault) -> None:
    """Before the upgrade."""
    with pytest.raises(SignatureError) as caught:
        TWILIO.verify_media("wss://voice.example.com/media/twilio/T", headers, "203.0.113.7")
    assert caught.value.fault is fault


def test_reads_its_webhooks() -> None:
    """Each of the three kinds."""
    assert TWILIO.parse_voice(VOICE).called == "+13231234567"
    status = TWILIO.parse_status(post("/s", read("twilio/status.form")))
    assert (status.carrier, status.status, status.said) == (Carrier.TWILIO, CallStatus.OVER, "busy")
    started = TWILIO.parse_stream_status(post("/s", read("twilio/stream_started.form")))
    assert (started.status, started.error) == (StreamStatus.STARTED, "")
    failed = TWILIO.parse_stream_status(post("/s", read("twilio/stream_error.form")))
    assert (failed.status, failed.error) == (
        StreamStatus.FAILED,
        "31903 Stream - Connection Broken Pipe (31903)",
    )


def test_telnyx_word_for_a_failed_stream_is_not_twilios() -> None:
    """Each carrier has its own."""
    with pytest.raises(WebhookError) as caught:
        TWILIO.parse_stream_status(post_form(("CallSid", "CA1"), ("StreamEvent", "stream-failed")))
    assert caught.value.param == "StreamEvent"


def test_answers_in_twiml_and_opens_fresh_media() -> None:
    """No two calls share what a stream has said."""
    assert TWILIO.document(HangUp()) == b'<?xml version="1.0" encoding="UTF-8"?><Response><Hangup /></Response>'
    assert isinstance(TWILIO.media(), TwilioMedia)
    assert TWILIO.media() is not TWILIO.media()


REQUESTS = st.builds(
    WebhookRequest,
    method=st.sampled_from(["GET", "POST", "HEAD", ""]),
    url=st.text(st.characters()) | st.text().map(lambda text: f"{HOST}/v?{text}"),
    headers=st.fixed_dictionaries(
        {},
        optional={
            "content-type": st.sampled_from([FORM_TYPE, "application/json", ""]) | st.text(),
            HEADER: st.text(st.characters()),
            SETTINGS_HEADER: st.text() | st.just("algorithm=HMAC_SHA256"),
        },
    ),
    body=st.binary()
    | st.lists(st.tuples(st.sampled_from(["CallSid", "To", "StreamEvent"]), st.text())).map(urlencode).map(str.encode),
    client_ip=st.text(),
)


@given(REQUESTS)
def test_no_request_raises_anything_else(request: WebhookRequest) -> None:
    """A stranger's request is refused, or read; it breaks nothing."""
    with pytest.raises(SignatureError):
        TWILIO.verify(request, NOW_S)
    with pytest.raises(SignatureError):
        TWILIO.verify_media(request.url, request.headers, request.client_ip)
    for parse in (TWILIO.parse_voice, TWILIO.parse_status, TWILIO.parse_stream_status):
        with suppress(WebhookError):
            parse(request)


def test_a_declared_hash_may_be_any_text() -> None:
    """It is compared, not believed."""
    request = replace(VOICE, url=VOICE.url + "?bodySHA256=\ud800", headers={"content-type": "a/b", HEADER: "x"})
    assert fault_of(TWILIO, request) is SignatureFault.MISMATCH
