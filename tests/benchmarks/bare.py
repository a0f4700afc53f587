"""The least that a relay can do: what no call costs less than, with this machine, its Python, uvloop and picows.

As the gateway does it, five frames are read at once and become one message, and one comes back for them. There is
nothing else: one carrier's dialect, no order, gaps, pacing, marks, health, metrics, limits or errors. Run by
`tests.benchmarks.relay --bare`.
"""

import asyncio
import socket
from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence
from typing import ClassVar

import httpx
import msgspec
import uvicorn
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect, ws_create_server
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.twiml.voice_response import Connect, VoiceResponse

from tests.benchmarks.processes import Inheritance, inherited
from tests.benchmarks.tally import FRAMES_PER_OUTPUT

_TEXT = WSMsgType.TEXT
_HEAD_BYTES = 8
_LOOK_S = 0.5
_QUIET_S = 0.3
_INPUT = (
    b'{"type":"audio.input","sequence":%d,"timestamp_ms":%d,"speaker":"customer",'
    b'"audio":{"encoding":"mulaw","sample_rate_hz":8000,"payload":"%b"}}'
)
_MEDIA = b'{"event":"media","streamSid":"%b","media":{"payload":"'


class _Audio(msgspec.Struct, gc=False):
    payload: str


class _Start(msgspec.Struct, rename="camel"):
    stream_sid: str
    custom_parameters: dict[str, str]


class _FromCarrier(msgspec.Struct, gc=False):
    event: str
    media: _Audio | None = None
    start: _Start | None = None


class _FromKallglot(msgspec.Struct, gc=False):
    type: str
    audio: _Audio | None = None


_from_carrier = msgspec.json.Decoder(_FromCarrier)
_from_kallglot = msgspec.json.Decoder(_FromKallglot)


class _Session(WSListener):
    def __init__(self, carrier: WSTransport, stream_sid: str) -> None:
        super().__init__()
        self._carrier = carrier
        self._media = _MEDIA % stream_sid.encode()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type != _TEXT:
            return
        message = _from_kallglot.decode(frame.get_payload_as_memoryview())
        if message.audio is not None:
            audio = a2b_base64(message.audio.payload)
            self._carrier.send(_TEXT, self._media + b2a_base64(audio, newline=False) + b'"}}')
        elif message.type == "session.ended":
            self._carrier.send_close()
            self._carrier.disconnect()
            transport.disconnect()


class _Call(WSListener):
    live: ClassVar[set["_Call"]] = set()

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._carrier: WSTransport | None = None
        self._kallglot: WSTransport | None = None
        self._opening: asyncio.Task[None] | None = None
        self._frames: list[bytes] = []
        self._sequence = 0
        self._least_bytes = 1
        self._heard_s = 0.0

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._carrier = transport
        self.live.add(self)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.live.discard(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type != _TEXT:
            return
        message = _from_carrier.decode(frame.get_payload_as_memoryview())
        if message.media is not None:
            self._frames.append(a2b_base64(message.media.payload))
            if len(self._frames) >= FRAMES_PER_OUTPUT and self._kallglot is not None:
                self._pass_on(self._kallglot, frame.payload_size)
        elif message.start is not None:
            self._opening = self._loop.create_task(self._open(transport, message.start))
        elif message.event == "stop" and self._kallglot is not None:
            self._send(self._kallglot, self._frames)
            self._kallglot.send(_TEXT, b'{"type":"session.end"}')

    def look(self, now_s: float) -> None:
        """Where frames have ceased to come, something that is shorter may lie there."""
        if now_s - self._heard_s > _QUIET_S:
            self._gather(1)

    def _pass_on(self, kallglot: WSTransport, frame_bytes: int) -> None:
        self._heard_s = self._loop.time()
        while len(self._frames) >= FRAMES_PER_OUTPUT:
            self._send(kallglot, self._frames[:FRAMES_PER_OUTPUT])
            del self._frames[:FRAMES_PER_OUTPUT]
        # All but half a frame, as their numbers have more and more digits.
        self._gather((2 * (FRAMES_PER_OUTPUT - len(self._frames)) - 1) * (frame_bytes + _HEAD_BYTES) // 2)

    def _send(self, kallglot: WSTransport, frames: Sequence[bytes]) -> None:
        if frames:
            self._sequence += 1
            audio = b2a_base64(b"".join(frames), newline=False)
            kallglot.send(_TEXT, _INPUT % (self._sequence, int(1_000 * self._heard_s), audio))

    def _gather(self, least_bytes: int) -> None:
        if self._carrier is not None and least_bytes != self._least_bytes:
            self._least_bytes = least_bytes
            sock = self._carrier.underlying_transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, least_bytes)

    async def _open(self, carrier: WSTransport, start: _Start) -> None:
        stream = start.custom_parameters
        url = f"{stream['url']}?token={stream['token']}"
        self._kallglot, _ = await ws_connect(lambda: _Session(carrier, start.stream_sid), url)


async def serve(inheritance: Inheritance) -> None:
    """Relay until SIGTERM."""
    media = await ws_create_server(lambda _request: _Call(), "127.0.0.1", 0)
    media_url = f"ws://127.0.0.1:{media.sockets[0].getsockname()[1]}/media"
    loop = asyncio.get_running_loop()

    def look() -> None:
        loop.call_later(_LOOK_S, look)
        for call in list(_Call.live):
            call.look(loop.time())

    look()
    async with httpx.AsyncClient(base_url=inheritance.kallglot_url) as kallglot:

        async def voice(request: Request) -> Response:
            form = await request.form()
            metadata = {"twilio_call_sid": form["CallSid"], "from_number": form["From"], "to_number": form["To"]}
            routing = {"phone_number": form["To"]}
            body = {"mode": "bidirectional_translation", "routing": routing, "metadata": metadata}
            stream = (await kallglot.post("/sessions", json=body)).raise_for_status().json()["stream"]
            document, connect = VoiceResponse(), Connect()
            element = connect.stream(url=media_url)
            element.parameter(name="url", value=stream["url"])
            element.parameter(name="token", value=stream["token"])
            document.append(connect)
            return Response(str(document), media_type="text/xml")

        app = Starlette(routes=[Route("/webhooks/twilio/voice", voice, methods=["POST"])])
        await uvicorn.Server(uvicorn.Config(app, log_level="warning")).serve(sockets=[inheritance.listener])


if __name__ == "__main__":
    uvloop.run(serve(inherited()))
