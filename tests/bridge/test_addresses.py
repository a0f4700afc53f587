import pytest

from gateway.bridge.addresses import PublicAddresses
from gateway.calls import CallId, Carrier, TicketId

OURS = PublicAddresses("https://voice.example.com")
CALL = CallId("call_abc")


@pytest.mark.parametrize(
    ("public_url", "media"),
    [
        ("https://voice.example.com", "wss://voice.example.com/media/telnyx/call_abc.s"),
        ("http://127.0.0.1:8080", "ws://127.0.0.1:8080/media/telnyx/call_abc.s"),
        ("https://http.example.com", "wss://http.example.com/media/telnyx/call_abc.s"),
    ],
)
def test_media_sockets_are_as_secure_as_the_public_url(public_url: str, media: str) -> None:
    """Twilio refuses anything but `wss://`; a demo on loopback has no certificate."""
    assert PublicAddresses(public_url).media(Carrier.TELNYX, TicketId("call_abc.s")) == media


def test_each_carrier_asks_at_its_own_door() -> None:
    assert OURS.stream_status(Carrier.TWILIO, CALL) == "https://voice.example.com/webhooks/twilio/stream/call_abc"
    assert OURS.after_stream(Carrier.TELNYX, CALL) == "https://voice.example.com/webhooks/telnyx/continue/call_abc"
