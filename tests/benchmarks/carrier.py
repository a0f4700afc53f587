"""A carrier's side of one call: the signed webhook, the media socket, frames out, audio and marks in.

Webhooks and all messages but audio are the simulator's; audio is patched into a template, as there is much of it.
"""

import asyncio
import dataclasses
import secrets
import socket
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import msgspec
from msgspec import Struct

from gateway.calls import Carrier
from gateway.simulator.dialect import Leg, Request
from gateway.simulator.markup import Connect, parse
from gateway.simulator.telnyx import carrier as telnyx
from gateway.simulator.telnyx.media import TelnyxStream
from gateway.simulator.telnyx.signature import private_key
from gateway.simulator.twilio import carrier as twilio
from gateway.simulator.twilio.media import TwilioStream
from tests.benchmarks.delays import Delays
from tests.benchmarks.tally import Tally
from tests.benchmarks.ticker import Ticker
from tests.benchmarks.voices import Voice
from tests.benchmarks.wire import Wire

AUTH_TOKEN = "12345"
TELNYX_KEY = private_key("MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=")

_FRAME_MS = 20
_AUDIO_BYTES = 500
"""A message that is longer brings audio; marks and the like are shorter."""
_MEDIA = {
    Carrier.TWILIO: b'{"event":"media","sequenceNumber":"%%d","media":{"track":"inbound","chunk":"%%d",'
    b'"timestamp":"%%d","payload":"%%b"},"streamSid":"%b"}',
    Carrier.TELNYX: b'{"event":"media","sequence_number":"%%d","media":{"track":"inbound","chunk":"%%d",'
    b'"timestamp":"%%d","payload":"%%b"},"stream_id":"%b"}',
}


class _MediaBody(Struct):
    payload: bytes


class _Media(Struct, tag_field="event", tag="media"):
    media: _MediaBody


class _MarkBody(Struct):
    name: str


class _Mark(Struct, tag_field="event", tag="mark"):
    mark: _MarkBody


class _Clear(Struct, tag_field="event", tag="clear"):
    pass


_decoder = msgspec.json.Decoder(_Media | _Mark | _Clear)


class CarrierCall:
    """One caller."""

    def __init__(self, number: int, voice: Voice, ticker: Ticker) -> None:
        """`number` tells what is said from what others say."""
        self.said = Tally()
        """As it should arrive."""
        self.heard = Tally()
        self.said_delays: Delays | None = None
        self.heard_delays: Delays | None = None
        """Where somebody wants to know them."""
        self.on_clear: Callable[[int], None] | None = None
        """Who is told when the relay takes back what it sent."""
        self.opened = asyncio.Event()
        self.closed = asyncio.Event()
        self.frames = 0
        """Sent so far."""
        self._voice = voice
        self._arriving = voice.arriving()
        self._checks = True
        self._first = 7 * number
        self._ticker = ticker
        is_twilio = voice.carrier is Carrier.TWILIO
        self.call_id = twilio.new_call_id() if is_twilio else telnyx.new_call_id()
        account = f"AC{secrets.token_hex(16)}" if is_twilio else telnyx.ACCOUNT_ID
        leg = Leg(self.call_id, account, "+13105550100", "+14155551234")
        self._dialect = twilio.TwilioCarrier(leg, AUTH_TOKEN) if is_twilio else telnyx.TelnyxCarrier(leg, TELNYX_KEY)
        self._stream_id = self._dialect.new_stream_id()
        self._media = _MEDIA[voice.carrier] % self._stream_id.encode()
        self._messages: TwilioStream | TelnyxStream | None = None
        self._wire: Wire | None = None

    @property
    def heard_messages(self) -> int:
        """Audio from the relay."""
        return self.heard.messages + (self._wire.skipped if self._wire is not None else 0)

    def count_only(self) -> None:
        """Messages of audio are to be counted and not looked into; said before it dials."""
        self._checks = False

    def note_times(self) -> None:
        """It is to be noted when messages come."""
        if self._wire is not None:
            self._wire.note_times()
            self._ticker.time(self._wire)

    def webhook(self, url: str) -> Request:
        """What asks the relay at `url` what to do with the call."""
        hook = f"{url}/webhooks/{self._voice.carrier}/voice"
        parameters = self._dialect.voice(answered=False)
        return self._dialect.request("POST", hook, parameters, time.time_ns() // 1_000_000)

    async def dial(self, http: httpx.AsyncClient, url: str) -> bool:
        """Call the relay at `url` and connect the media stream that it asks for; False where it refuses the call.

        Raises:
            httpx.HTTPError: it does not answer as a relay does.
        """
        asked = self.webhook(url)
        answer = await http.request(asked.method, asked.url, headers=dict(asked.headers), content=asked.body)
        answer.raise_for_status()
        verbs = parse(answer.content, self._dialect.stream_attributes).verbs
        stream = next((verb.stream for verb in verbs if isinstance(verb, Connect)), None)
        if stream is None:
            return False
        # The caller's codec, whatever the document asks for: there are legs that Telnyx does not transcode.
        terms = dataclasses.replace(self._dialect.terms(stream, self._voice.format), speaks=self._voice.format)
        self._messages = self._dialect.stream(self._stream_id, terms)
        self._connect(terms.url)
        await self.opened.wait()
        if self.closed.is_set():
            return False
        self._tell(self._messages.connected())
        self._tell(self._messages.start())
        return True

    def speak(self) -> None:
        """Send the caller's next 20 ms."""
        audio, payload = self._voice.frame(self._first + self.frames)
        self.frames += 1
        frames = self.frames
        message = self._media % (frames + 1, frames, frames * _FRAME_MS, payload)
        if self._checks:
            size = self.said.add(self._arriving(audio))
            if self.said_delays is not None:
                self.said_delays.sent(size, time.time_ns())
        if self._wire is not None:
            self._wire.send(message)

    def hang_up(self) -> None:
        """The caller has gone."""
        if self._messages is not None:
            self._tell(self._messages.stop())

    def head(self, head: bytes) -> None:
        """The upgrade was answered."""
        if b" 101 " not in head[:16] and self._wire is not None:
            self._wire.close()
        self.opened.set()

    def received(self, text: bytes, at_ns: int) -> None:
        """One message."""
        match _decoder.decode(text):
            case _Media(media=media):
                size = self.heard.add(media.payload)
                if self.heard_delays is not None:
                    self.heard_delays.arrived(size, at_ns)
            case _Mark(mark=mark):
                if self._messages is not None:
                    self._tell(self._messages.mark(mark.name))
            case _Clear():
                if self.on_clear is not None:
                    self.on_clear(at_ns)

    def lost(self) -> None:
        """The relay has closed the socket, or lost it."""
        self.opened.set()
        self.closed.set()

    def _connect(self, url: str) -> None:
        address = urlsplit(url)
        sock = socket.create_connection((str(address.hostname), address.port or 80))
        self._wire = wire = Wire(sock, self, connects=True)
        if not self._checks:
            wire.skips_above = _AUDIO_BYTES
        signed = self._dialect.media_headers(url)
        asked = {
            "Host": address.netloc,
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            **signed,
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in asked.items())
        wire.write(f"GET {address.path} HTTP/1.1\r\n{lines}\r\n".encode())
        self._ticker.add(wire)

    def _tell(self, message: str) -> None:
        if self._wire is not None:
            self._wire.send(message.encode())
