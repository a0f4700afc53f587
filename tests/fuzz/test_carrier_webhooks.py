"""Webhooks of both carriers: parameters, signatures, addresses, and what is made of them."""

import json
from ipaddress import ip_network
from urllib.parse import parse_qsl, urlencode
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.calls import Carrier, Say
from gateway.carriers.addresses import caller_of, is_e164, is_sip, sip_host
from gateway.carriers.base import ConnectStream, Dial, HangUp, WebhookDialect, WebhookRequest
from gateway.carriers.captured import parse_capture
from gateway.carriers.forms import FORM_TYPE
from gateway.carriers.telnyx.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, check_address
from gateway.carriers.telnyx.webhooks import TelnyxPolicy, TelnyxWebhooks
from gateway.carriers.twilio.signature import HEADER, SETTINGS_HEADER
from gateway.carriers.twilio.webhooks import TwilioWebhooks
from gateway.errors import ConfigError, SignatureError, WebhookError
from gateway.routing import addresses
from gateway.routing.body import session_body
from gateway.routing.load import parse_routes
from gateway.telemetry.redact import mask_number, redact_text
from tests.carriers.telnyx.keys import NOW_S, PUBLIC_KEY, signature_headers
from tests.carriers.wire import HOST
from tests.fuzz.depth import fuzz
from tests.fuzz.mutations import ROUTES, joined, mangled, samples, texts, wrong_json

DIALECTS: dict[Carrier, WebhookDialect] = {
    Carrier.TWILIO: TwilioWebhooks(["12345"]),
    Carrier.TELNYX: TelnyxWebhooks(
        TelnyxPolicy(public_keys=(PUBLIC_KEY,), allow_cidrs=("192.0.2.0/24", "2001:db8::/32"))
    ),
}
ROUTE_FORMS = ROUTES, ROUTES + 'routing = "sip"\n', ROUTES.replace("[[route]]", '[[route]]\nsip_domain = "a.b"')
TABLES = [parse_routes(text.encode(), "routes.toml") for text in ROUTE_FORMS]

ALLOWED = [ip_network("198.51.100.0/29"), ip_network("2001:db8:ffff::/48")]
strangers = st.ip_addresses().filter(lambda address: not any(address in network for network in ALLOWED))

latin = st.text(st.characters(max_codepoint=255), max_size=60)
"""What headers and targets reach us as."""
sip_like = joined([*"sip:@[]<>?;,.+0149aZ %", "sips:", "anonymous", "::1"])
names = st.sampled_from((
    "CallSid", "AccountSid", "From", "To", "CallStatus", "StreamEvent", "StreamError", "SipDomain", "FromSipUri",
    "ToSipUri", "CallingPartyType", "SipHeader_X-A", "SipHeader_", "callsid",
))  # fmt: skip


@st.composite
def forms(draw: st.DrawFn, carrier: Carrier) -> bytes:
    """A form of the carrier's, with parameters that say something else, or bytes that nearly are one."""
    originals = samples(f"{carrier}/*.form")
    if draw(st.integers(0, 3)) == 0:
        return draw(mangled(originals))
    pairs = parse_qsl(draw(st.sampled_from(originals)).decode(), keep_blank_values=True)
    extra = st.tuples(st.one_of(names, texts), st.one_of(texts, sip_like, st.sampled_from(["sip", "completed"])))
    for pair in draw(st.lists(extra, max_size=4)):
        pairs = [(name, value) for name, value in pairs if name != pair[0]] + [pair] * draw(st.integers(0, 2))
    return urlencode(pairs, errors="surrogatepass").encode()


@st.composite
def requests(draw: st.DrawFn, carrier: Carrier) -> WebhookRequest:
    """A request for one of the webhooks."""
    body = draw(forms(carrier))
    method = draw(st.sampled_from(["POST", "POST", "POST", "GET", "PUT"]))
    query = body.decode("latin-1") if method == "GET" else draw(latin)
    content_type = draw(st.sampled_from([FORM_TYPE, FORM_TYPE, FORM_TYPE, "", "application/json", "; ;"]))
    headers = {"content-type": content_type}
    if draw(st.booleans()):
        headers |= signature_headers(body)
    headers |= draw(
        st.dictionaries(st.sampled_from([HEADER, SETTINGS_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER]), latin)
    )
    url = f"{HOST}/webhooks/{carrier}/voice?{query}"
    return WebhookRequest(method, url, headers, body, draw(st.one_of(st.just("192.0.2.7"), texts)))


@pytest.mark.parametrize("carrier", Carrier)
def test_a_webhook_is_read_or_refused(carrier: Carrier) -> None:
    """Signature, parameters and body; what is read finds its route and makes a session's body and a document."""
    dialect = DIALECTS[carrier]

    @fuzz(66)
    @given(requests(carrier))
    def check(request: WebhookRequest) -> None:
        try:
            dialect.verify(request, NOW_S)
        except SignatureError as exc:
            assert len(str(exc)) < 500
        for parse in (dialect.parse_status, dialect.parse_stream_status):
            try:
                parse(request)
            except WebhookError as exc:
                assert len(str(exc)) < 500
        try:
            call = dialect.parse_voice(request)
        except WebhookError as exc:
            assert str(exc).isprintable()
            return
        for table in TABLES:
            route = table.find(call)
            if route is not None:
                json.dumps(session_body(route, call)).encode("ascii")
        fromstring(dialect.document(Dial(call.called, Say(call.caller or "nobody"))))  # noqa: S314 - our own
        redact_text(mask_number(call.caller) + mask_number(call.called))

    check()


@pytest.mark.parametrize("carrier", Carrier)
def test_a_media_socket_s_signature_is_right_or_refused(carrier: Carrier) -> None:
    """Twilio signs the handshake, of Telnyx only the address is known."""

    @fuzz(33)
    @given(latin, st.dictionaries(st.sampled_from([HEADER, SETTINGS_HEADER]), latin), texts)
    def check(path: str, headers: dict[str, str], client_ip: str) -> None:
        with pytest.raises(SignatureError):
            DIALECTS[carrier].verify_media(f"wss://voice.example.com/media/{path}", headers, client_ip)

    check()


@fuzz(110)
@given(st.one_of(sip_like, texts))
def test_an_address_is_what_it_is(address: str) -> None:
    """Of anything can be told whether it is a number, a SIP address or withheld."""
    is_sip(address)
    assert sip_host(address) == sip_host(address).lower()
    assert caller_of(address) in (address, "")
    if is_e164(address):
        assert addresses.e164(address) == addresses.number_of(address) == address
    assert addresses.is_sip(address) == (addresses.sip_host(address) is not None)
    addresses.e164_prefix(address)


@fuzz(33)
@given(st.one_of(texts, strangers.map(str), st.just("fe80::1%eth0")))
def test_a_stranger_s_address_is_refused(client_ip: str) -> None:
    """By `telnyx.allow_cidrs`, of both families."""
    with pytest.raises(SignatureError, match="allow_cidrs"):
        check_address(client_ip, ALLOWED)


@pytest.mark.parametrize("carrier", Carrier)
def test_words_make_a_document(carrier: Carrier) -> None:
    """Whatever a route says: XML that a carrier can read, and no template of Mustache's."""

    @fuzz(33)
    @given(texts, texts)
    def check(text: str, other: str) -> None:
        say = Say(text, other)
        url = f"https://voice.example.com/{text}"
        for document in (ConnectStream(url, url, url, other, say), HangUp(say), Dial(other, say)):
            xml = DIALECTS[carrier].document(document)
            fromstring(xml)  # noqa: S314 - our own
            assert carrier is Carrier.TWILIO or b"{{" not in xml

    check()


CAPTURES = [
    b"POST /webhooks/twilio/voice HTTP/1.1\r\nHost: a.example\r\nContent-Length: 7\r\nX-Twilio-Signature: x\r\n\r\na=1",
    b'{"method":"POST","url":"https://a.example:8443/webhooks/telnyx/voice","headers":{"Telnyx-Timestamp":["1"]},"body":"a=1"}',
]


@fuzz(82)
@given(st.one_of(mangled(CAPTURES), wrong_json(CAPTURES[1:]), st.binary(max_size=60)))
def test_a_captured_request_is_one_or_a_problem(data: bytes) -> None:
    """As an operator saved it for `gateway doctor`; what is read can be checked as if it had come."""
    try:
        found = parse_capture(data)
    except ConfigError:
        return
    request = found.as_request(HOST + found.host + str(found.is_socket) + str(found.carrier))
    for dialect in DIALECTS.values():
        with pytest.raises(SignatureError):
            dialect.verify(request, NOW_S)
