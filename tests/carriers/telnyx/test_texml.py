"""The TeXML we answer."""

from dataclasses import replace
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.calls import Say
from gateway.carriers.base import ConnectStream, Dial, Document, HangUp, Reject
from gateway.carriers.telnyx.texml import StreamAudio, render

AUDIO = StreamAudio("PCMU", "PCMU", 8000)
SORRY = Say("Please try <later> & again.", "de-DE")
STREAM = ConnectStream(
    media_url="wss://voice.example.com/media/telnyx/T",
    stream_status_url="https://voice.example.com/webhooks/telnyx/stream/call_a",
    continue_url="https://voice.example.com/webhooks/telnyx/continue/call_a",
    name="call_a",
)
CONNECT = (
    '<Connect><Stream url="wss://voice.example.com/media/telnyx/T" name="call_a" track="inbound_track" codec="PCMU" '
    'bidirectionalMode="rtp" bidirectionalCodec="PCMU" bidirectionalSamplingRate="8000" enableReconnect="false" '
    'statusCallback="https://voice.example.com/webhooks/telnyx/stream/call_a" statusCallbackMethod="POST" /></Connect>'
    '<Redirect method="POST">https://voice.example.com/webhooks/telnyx/continue/call_a</Redirect>'
)
SAID = '<Say voice="alice" language="de-DE">Please try &lt;later&gt; &amp; again.</Say>'


@pytest.mark.parametrize(
    ("document", "verbs"),
    [
        pytest.param(STREAM, CONNECT, id="connect"),
        pytest.param(replace(STREAM, greeting=SORRY), SAID + CONNECT, id="greet"),
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
    expected = f'<?xml version="1.0" encoding="UTF-8"?><Response>{verbs}</Response>'
    assert render(document, AUDIO).decode() == expected


def test_the_stream_asks_for_the_configured_audio() -> None:
    """What we hear and what we speak are two things."""
    texml = render(STREAM, StreamAudio("PCMA", "L16", 16000)).decode()
    assert ' codec="PCMA" ' in texml
    assert ' bidirectionalCodec="L16" bidirectionalSamplingRate="16000" ' in texml


def test_a_text_is_no_template() -> None:
    """Telnyx would put the caller's number there."""
    texml = render(HangUp(Say("{{From}} and \x00{\x00{{#if x}}")), AUDIO).decode()
    assert "{\u200b{From}} and {\u200b{\u200b{#if x}}" in texml


def test_a_url_is_no_template() -> None:
    """Braces are percent-encoded, which means the same."""
    texml = render(replace(STREAM, continue_url="https://h/{{x}}"), AUDIO).decode()
    assert "https://h/%7B%7Bx%7D%7D" in texml


@given(st.text(st.characters()) | st.text("{}#\x00 a"))
def test_any_text_makes_a_document_that_parses_and_is_no_template(text: str) -> None:
    """A greeting must neither cost the call nor be filled in."""
    for document in (HangUp(Say(text, text)), Dial(text), Dial("sip:" + text), ConnectStream(text, text, text, text)):
        texml = render(document, AUDIO)
        assert fromstring(texml).tag == "Response"  # noqa: S314 - our own XML
        assert b"{{" not in texml
