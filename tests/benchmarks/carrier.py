"""Twilio's side of one call: the signed webhook, the media socket, frames out, audio and marks in.

Wire reference: https://www.twilio.com/docs/voice/media-streams/websocket-messages
"""

import asyncio
import secrets

import httpx
import msgspec
from msgspec import Struct
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from gateway.simulator.markup import Connect, parse
from gateway.simulator.twilio.signature import sign
from tests.benchmarks.tally import Tally, frame

AUTH_TOKEN = "12345"
VOICE_PATH = "/webhooks/twilio/voice"

_FRAME_MS = 20


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


class CarrierCall(WSListener):
    """One caller."""

    def __init__(self, voice: int) -> None:
        super().__init__()
        self.call_sid = f"CA{secrets.token_hex(16)}"
        self.said = Tally()
        self.heard = Tally()
        self.closed = asyncio.Event()
        self._account_sid = f"AC{secrets.token_hex(16)}"
        self._stream_sid = f"MZ{secrets.token_hex(16)}"
        self._voice = voice
        self._transport: WSTransport | None = None
        self._frames = 0
        self._sequence = 1
        self._media = (
            b'{"event":"media","sequenceNumber":"%%d","media":{"track":"inbound","chunk":"%%d","timestamp":"%%d",'
            b'"payload":"%%b"},"streamSid":"%b"}' % self._stream_sid.encode()
        )

    @property
    def frames(self) -> int:
        """Sent so far."""
        return self._frames

    async def dial(self, http: httpx.AsyncClient, url: str) -> bool:
        """Call the relay at `url` and connect the media stream that it asks for; False where it refuses the call.

        Raises:
            httpx.HTTPError: it does not answer as a relay does.
        """
        form = {
            "CallSid": self.call_sid,
            "AccountSid": self._account_sid,
            "From": "+13105550100",
            "To": "+14155551234",
            "CallStatus": "ringing",
            "Direction": "inbound",
            "ApiVersion": "2010-04-01",
        }
        signature = sign(AUTH_TOKEN, url + VOICE_PATH, form.items())
        answer = await http.post(url + VOICE_PATH, data=form, headers={"X-Twilio-Signature": signature})
        answer.raise_for_status()
        verbs = parse(answer.content, frozenset({"url", "name", "statusCallback", "statusCallbackMethod"})).verbs
        stream = next((verb.stream for verb in verbs if isinstance(verb, Connect)), None)
        if stream is None:
            return False
        headers = {"X-Twilio-Signature": sign(AUTH_TOKEN, stream.url)}
        await ws_connect(lambda: self, stream.url, extra_headers=headers)
        self._tell({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        self._tell(self._numbered("start", self._start(dict(stream.parameters))))
        return True

    def speak(self) -> None:
        """Send the caller's next 20 ms."""
        audio, payload = frame(self._voice + self._frames)
        self._frames += 1
        self._sequence += 1
        self.said.add(audio)
        message = self._media % (self._sequence, self._frames, self._frames * _FRAME_MS, payload)
        if self._transport is not None:
            self._transport.send(WSMsgType.TEXT, message)

    def hang_up(self) -> None:
        """The caller has gone."""
        self._tell(self._numbered("stop", {"accountSid": self._account_sid, "callSid": self.call_sid}))

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The upgrade was answered."""
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """One message."""
        if frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif frame.msg_type == WSMsgType.TEXT:
            self._take(_decoder.decode(frame.get_payload_as_bytes()))

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The relay has closed the socket, or lost it."""
        self._transport = None
        self.closed.set()

    def _take(self, message: _Media | _Mark | _Clear) -> None:
        match message:
            case _Media(media=media):
                self.heard.add(media.payload)
            case _Mark(mark=mark):
                self._tell(self._numbered("mark", {"name": mark.name}))
            case _Clear():
                pass

    def _start(self, parameters: dict[str, str]) -> dict[str, object]:
        return {
            "accountSid": self._account_sid,
            "streamSid": self._stream_sid,
            "callSid": self.call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": parameters,
        }

    def _numbered(self, event: str, body: object) -> dict[str, object]:
        number = 1 if event == "start" else self._sequence + 1
        self._sequence = number
        return {"event": event, "sequenceNumber": str(number), event: body, "streamSid": self._stream_sid}

    def _tell(self, message: dict[str, object] | dict[str, str]) -> None:
        if self._transport is not None:
            self._transport.send(WSMsgType.TEXT, msgspec.json.encode(message))
