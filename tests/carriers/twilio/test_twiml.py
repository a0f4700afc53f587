"""The TwiML we answer."""

from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.calls import Say
from gateway.carriers.base import ConnectStream, Dial, Document, HangUp, Reject
from gateway.carriers.twilio.twiml import render

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
SORRY = Say("Please try <later> & again.", "en-US")
STREAM = ConnectStream(
    media_url="wss://voice.example.com/media/twilio/T",
    stream_status_url="https://voice.example.com/webhooks/twilio/stream/call_a",
    continue_url="https://voice.example.com/webhooks/twilio/continue/call_a",
    name="call_a",
)
CONNECT = (
    '<Connect><Stream name="call_a" statusCallback="https://voice.example.com/webhooks/twilio/stream/call_a" '
    'statusCallbackMethod="POST" url="wss://voice.example.com/media/twilio/T" /></Connect>'
    '<Redirect method="POST">https://voice.example.com/webhooks/twilio/continue/call_a</Redirect>'
)
SAID = '<Say language="en-US">Please try &lt;later&gt; &amp; again.</Say>'


@pytest.mark.parametrize(
    ("document", "verbs"),
    [
        pytest.param(STREAM, CONNECT, id="connect"),
        pytest.param(
            ConnectStream(STREAM.media_url, STREAM.stream_status_url, STREAM.continue_url, "call_a", SORRY),
            SAID + CONNECT,
            id="greet",
        ),
        pytest.param(Reject(busy=True), '<Reject reason="busy" />', id="busy"),
        pytest.param(Reject(busy=False), '<Reject reason="rejected" />', id="rejected"),
        pytest.param(HangUp(), "<Hangup />", id="hang-up"),
        pytest.param(HangUp(SORRY), SAID + "<Hangup />", id="say-and-hang-up"),
        pytest.param(HangUp(Say(" \x00")), "<Hangup />", id="nothing-to-say"),
        pytest.param(Dial("+14155550100"), "<Dial>+14155550100</Dial><Hangup />", id="dial"),
        pytest.param(
            Dial("+14155550100", caller_id="+14155551234"),
            '<Dial callerId="+14155551234">+14155550100</Dial><Hangup />',
            id="dial-showing-another-number",
        ),
        pytest.param(
            Dial("sip:a@b.example", SORRY), SAID + "<Dial><Sip>sip:a@b.example</Sip></Dial><Hangup />", id="dial-sip"
        ),
    ],
)
def test_documents(document: Document, verbs: str) -> None:
    """Each becomes its verbs, in order."""
    assert render(document).decode() == f"{HEAD}<Response>{verbs}</Response>"


@given(st.text(st.characters()))
def test_any_text_makes_a_document_that_parses(text: str) -> None:
    """A greeting with a control character must not cost the call."""
    for document in (HangUp(Say(text, text)), Dial(text), ConnectStream(text, text, text, text)):
        assert fromstring(render(document)).tag == "Response"  # noqa: S314 - our own XML
