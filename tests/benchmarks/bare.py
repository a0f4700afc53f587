"""The least that a relay can do: what no call costs less than, with this machine, its Python, uvloop and picows.

As the gateway does it, five frames are read at once and become one message, and one comes back for them; what is not
μ-law is transcoded by the gateway's codecs. There is nothing else: no order, gaps, pacing, marks, health, metrics,
limits or errors. Run by `tests.benchmarks.relay --bare` and `python -m tests.benchmarks`.
"""

import asyncio
import secrets
import socket
from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence
from typing import ClassVar

import httpx
import msgspec
import uvicorn
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_connect, ws_create_server
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.twiml.voice_response import Connect, VoiceResponse

from gateway.audio.formats import PCMU_8K, AudioFormat, Encoding
from gateway.audio.transcode import Transcoder
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
_MEDIA = b'{"event":"media",%b"media":{"payload":"'
_STREAM_SID = b'"streamSid":"%b",'
"""Twilio's; Telnyx wants no name."""
_ASKED = {
    "twilio": {"track": "inbound_track"},
    "telnyx": {"track": "inbound_track", "bidirectionalMode": "rtp", "bidirectionalCodec": "PCMU"},
}
"""Of a stream, by carrier."""


class _Audio(msgspec.Struct, gc=False):
    payload: str


class _Format(msgspec.Struct, rename={"rate_hz": "sample_rate"}):
    encoding: str
    rate_hz: int = 8000


class _Start(msgspec.Struct):
    sid: str | None = msgspec.field(default=None, name="streamSid")
    media_format: _Format | None = None
    """Telnyx'."""


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
    def __init__(self, carrier: WSTransport, stream_sid: str | None) -> None:
        super().__init__()
        self._carrier = carrier
        self._media = _MEDIA % (_STREAM_SID % stream_sid.encode() if stream_sid is not None else b"")

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

    def __init__(self, stream_url: str) -> None:
        super().__init__()
        self._stream_url = stream_url
        self._transcoder: Transcoder | None = None
        self._loop = asyncio.get_running_loop()
        self._carrier: WSTransport | None = None
        self._kallglot: WSTransport | None = None
        self._opening: asyncio.Task[None] | None = None
        self._frames: list[bytes] = []
        self._sequence = 0
        self._frame_bytes = 0
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
                self._frame_bytes = frame.payload_size + _HEAD_BYTES
                self._pass_on(self._kallglot)
        elif message.start is not None:
            self._opening = self._loop.create_task(self._open(transport, message.start))
        elif message.event == "stop" and self._kallglot is not None:
            self._send(self._kallglot, self._frames)
            self._kallglot.send(_TEXT, b'{"type":"session.end"}')

    def look(self, now_s: float) -> None:
        """Where frames have ceased to come, something that is shorter may lie there.

        Where some came late and more than five were read at once, the next message lacks so many less.
        """
        if now_s - self._heard_s > _QUIET_S:
            self._gather(1)
        else:
            self._gather_rest()

    def _pass_on(self, kallglot: WSTransport) -> None:
        self._heard_s = self._loop.time()
        while len(self._frames) >= FRAMES_PER_OUTPUT:
            self._send(kallglot, self._frames[:FRAMES_PER_OUTPUT])
            del self._frames[:FRAMES_PER_OUTPUT]
        self._gather_rest()

    def _gather_rest(self) -> None:
        """All but half a frame, as their numbers have more and more digits."""
        self._gather(max(1, (2 * (FRAMES_PER_OUTPUT - len(self._frames)) - 1) * self._frame_bytes // 2))

    def _send(self, kallglot: WSTransport, frames: Sequence[bytes]) -> None:
        if frames:
            self._sequence += 1
            audio = b"".join(frames)
            if self._transcoder is not None:
                audio = self._transcoder.feed(audio)
            payload = b2a_base64(audio, newline=False)
            kallglot.send(_TEXT, _INPUT % (self._sequence, int(1_000 * self._heard_s), payload))

    def _gather(self, least_bytes: int) -> None:
        if self._carrier is not None and least_bytes != self._least_bytes:
            self._least_bytes = least_bytes
            sock = self._carrier.underlying_transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, least_bytes)

    async def _open(self, carrier: WSTransport, start: _Start) -> None:
        declared = start.media_format
        if declared is not None:
            self._transcoder = Transcoder(AudioFormat(Encoding(declared.encoding), declared.rate_hz), PCMU_8K)
        self._kallglot, _ = await ws_connect(lambda: _Session(carrier, start.sid), self._stream_url)


async def serve(inheritance: Inheritance) -> None:
    """Relay until SIGTERM."""
    streams: dict[str, str] = {}
    """Kallglot's, by the path of the media socket that they are for."""

    def answer(request: WSUpgradeRequest) -> _Call:
        return _Call(streams.pop(request.path.decode()))

    media = await ws_create_server(answer, "127.0.0.1", 0)
    media_url = f"ws://127.0.0.1:{media.sockets[0].getsockname()[1]}"
    loop = asyncio.get_running_loop()

    def look() -> None:
        loop.call_later(_LOOK_S, look)
        for call in list(_Call.live):
            call.look(loop.time())

    look()
    async with httpx.AsyncClient(base_url=inheritance.kallglot_url) as kallglot:

        async def voice(request: Request) -> Response:
            form, carrier = await request.form(), request.path_params["carrier"]
            metadata = {f"{carrier}_call_sid": form["CallSid"], "from_number": form["From"], "to_number": form["To"]}
            routing = {"phone_number": form["To"]}
            body = {"mode": "bidirectional_translation", "routing": routing, "metadata": metadata}
            stream = (await kallglot.post("/sessions", json=body)).raise_for_status().json()["stream"]
            path = f"/{secrets.token_hex(8)}"
            streams[path] = f"{stream['url']}?token={stream['token']}"
            document, connect = VoiceResponse(), Connect()
            connect.stream(url=media_url + path, **_ASKED[carrier])
            document.append(connect)
            return Response(str(document), media_type="text/xml")

        app = Starlette(routes=[Route("/webhooks/{carrier}/voice", voice, methods=["POST"])])
        await uvicorn.Server(uvicorn.Config(app, log_level="warning")).serve(sockets=[inheritance.listener])


if __name__ == "__main__":
    uvloop.run(serve(inherited()))
