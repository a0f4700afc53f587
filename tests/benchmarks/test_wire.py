"""The load's own WebSockets, against an implementation of others."""

import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import websockets

from tests.benchmarks.far_end import FarEnd, run_far_end
from tests.benchmarks.wire import SO_TIMESTAMPNS, Wire, unmasked
from tests.fakes.until import until
from tests.kallglot.certificates import certificate

LONG = b'{"type":"audio.input","audio":{"payload":"' + b"AAAA" * 300 + b'"}}'


@pytest.fixture(params=["plain", "tls"])
async def far_end(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[FarEnd]:
    trust = None
    if request.param == "tls":
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trust.load_cert_chain(certificate(tmp_path))
    async with run_far_end(trust) as running:
        yield running


async def test_a_stream_is_opened_spoken_on_and_closed(far_end: FarEnd, tmp_path: Path) -> None:
    """Kallglot's messages and the client's arrive whole, over TLS too; what is only counted is still answered."""
    session = far_end.grant("CA1")
    scheme, trust = ("ws", None)
    if far_end.trust is not None:
        scheme, trust = "wss", ssl.create_default_context(cafile=str(tmp_path / "peer.pem"))
    url = f"{scheme}://127.0.0.1:{far_end.stream_port}/v1/sessions/{session.id}/connect?token={session.token}"
    async with websockets.connect(url, ssl=trust) as stream:
        assert b"session.ready" in await stream.recv(decode=False)
        session.say()
        assert len(await stream.recv(decode=False)) > 1000
        await stream.send(LONG.decode())
        await until(lambda: session.heard.messages == 1)
        session.count_only()
        await stream.send(LONG.decode())
        await stream.send('{"type":"ping"}')
        assert b"pong" in await stream.recv(decode=False)
        assert (session.heard.messages, session.heard_messages) == (1, 2)
        await (await stream.ping())


async def test_nobody_comes_in_without_the_token(far_end: FarEnd, tmp_path: Path) -> None:
    session = far_end.grant("CA1")
    scheme, trust = ("ws", None)
    if far_end.trust is not None:
        scheme, trust = "wss", ssl.create_default_context(cafile=str(tmp_path / "peer.pem"))
    url = f"{scheme}://127.0.0.1:{far_end.stream_port}/v1/sessions/{session.id}/connect?token=guess"
    with pytest.raises(websockets.InvalidStatus, match="404"):
        await websockets.connect(url, ssl=trust)


class _Ear:
    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self.at_ns = 0
        self.is_lost = False

    def head(self, head: bytes) -> None:
        assert b" 101 " in head

    def received(self, text: bytes, at_ns: int) -> None:
        self.texts.append(text)
        self.at_ns = at_ns

    def lost(self) -> None:
        self.is_lost = True


@pytest.mark.parametrize("noted", [True, False], ids=["by the kernel", "by nobody"])
async def test_what_connects_is_understood_by_others_and_knows_when_their_answers_came(noted: bool) -> None:
    """A server that insists on masks echoes; the kernel's time is the machine's, and pieces become one message."""
    ear = _Ear()

    async def echo(connection: websockets.ServerConnection) -> None:
        async for text in connection:
            await connection.send(text)

    async with websockets.serve(echo, "127.0.0.1", 0) as server:
        sock = socket.create_connection(next(iter(server.sockets)).getsockname())
        with closing(sock):
            wire = Wire(sock, ear, connects=True)
            wire.note_times()
            if not noted:
                sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 0)
            wire.write(
                b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            began_ns = time.time_ns()
            for text in (b"short", b"x" * 50_000):
                wire.send(text)

            def both() -> bool:
                wire.read()
                return len(ear.texts) == 2

            await until(both)
            assert ear.texts == [b"short", b"x" * 50_000]
            assert began_ns < ear.at_ns <= time.time_ns()
            server.close(close_connections=True)

            def lost() -> bool:
                wire.read()
                return ear.is_lost

            await until(lost)


def test_masks_are_taken_off_whatever_the_length() -> None:
    """RFC 6455 §5.7: "Hello"."""
    assert unmasked(bytes.fromhex("7f9f4d5158"), bytes.fromhex("37fa213d")) == b"Hello"
