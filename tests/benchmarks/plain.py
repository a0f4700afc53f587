"""The relay to compare with: Starlette, json and websockets, as one writes it first. It works, and hides nothing.

One `audio.input` for each frame of the carrier, one `media` for each `audio.output`, two tasks a call, uvloop, and
uvicorn's own choice of WebSocket implementation. Run by `tests.benchmarks.relay`.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
import websockets
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from twilio.twiml.voice_response import Connect, VoiceResponse

from tests.benchmarks.processes import inherited


async def voice(request: Request) -> Response:
    """Create a session and connect the caller's audio to `/media`."""
    form = await request.form()
    state = request.app.state
    answer = await state.kallglot.post(
        "/sessions",
        json={
            "mode": "bidirectional_translation",
            "routing": {"phone_number": form["To"]},
            "metadata": {"twilio_call_sid": form["CallSid"], "from_number": form["From"], "to_number": form["To"]},
        },
    )
    stream = answer.raise_for_status().json()["stream"]
    document = VoiceResponse()
    connect = Connect()
    media = connect.stream(url=f"ws://{request.url.netloc}/media")
    media.parameter(name="url", value=stream["url"])
    media.parameter(name="token", value=stream["token"])
    document.append(connect)
    return Response(str(document), media_type="text/xml")


async def media(carrier: WebSocket) -> None:
    """Relay one call until the caller hangs up."""
    await carrier.accept()
    start = await _start(carrier)
    parameters = start["customParameters"]
    async with (
        websockets.connect(f"{parameters['url']}?token={parameters['token']}") as kallglot,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(_to_kallglot(carrier, kallglot))
        tasks.create_task(_to_carrier(kallglot, carrier, start["streamSid"]))
    await carrier.close()


async def _start(carrier: WebSocket) -> dict[str, dict[str, str]]:
    while True:
        message = json.loads(await carrier.receive_text())
        if message["event"] == "start":
            return message["start"]  # type: ignore[no-any-return]  # json knows no types


async def _to_kallglot(carrier: WebSocket, kallglot: websockets.ClientConnection) -> None:
    sequence = 0
    async for text in carrier.iter_text():
        message = json.loads(text)
        if message["event"] == "media":
            sequence += 1
            audio_input = {
                "type": "audio.input",
                "sequence": sequence,
                "timestamp_ms": time.time_ns() // 1_000_000,
                "speaker": "customer",
                "audio": {"encoding": "mulaw", "sample_rate_hz": 8000, "payload": message["media"]["payload"]},
            }
            await kallglot.send(json.dumps(audio_input))
        elif message["event"] == "stop":
            break
    await kallglot.send(json.dumps({"type": "session.end"}))


async def _to_carrier(kallglot: websockets.ClientConnection, carrier: WebSocket, stream_sid: object) -> None:
    async for text in kallglot:
        message = json.loads(text)
        if message["type"] == "audio.output":
            payload = message["audio"]["payload"]
            await carrier.send_text(
                json.dumps({"event": "media", "streamSid": stream_sid, "media": {"payload": payload}})
            )
        elif message["type"] == "session.ended":
            break


def app(kallglot_url: str) -> Starlette:
    """The whole relay."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with httpx.AsyncClient(base_url=kallglot_url) as kallglot:
            app.state.kallglot = kallglot
            yield

    routes = [Route("/webhooks/twilio/voice", voice, methods=["POST"]), WebSocketRoute("/media", media)]
    return Starlette(routes=routes, lifespan=lifespan)


def main() -> None:
    """Serve on the socket that was handed over."""
    inheritance = inherited()
    config = uvicorn.Config(app(inheritance.kallglot_url), loop="uvloop", log_level="warning")
    uvicorn.Server(config).run(sockets=[inheritance.listener])


if __name__ == "__main__":
    main()
