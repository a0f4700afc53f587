"""Rules of opening the session stream, by the words of a refusal and against a peer on loopback."""

import asyncio
from http import HTTPStatus

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.exceptions import InvalidHeaderValue, InvalidMessage, InvalidStatus
from websockets.http11 import Request, Response

from gateway.errors import KallglotError, KallglotUnavailableError
from gateway.kallglot.stream import StreamPolicy, open_stream
from gateway.kallglot.upgrade import address, refused
from tests.kallglot.rest_peer import reset, silent_port
from tests.kallglot.samples import sample
from tests.kallglot.stream_peer import Notes, raw_peer, stream_peer

TOKEN = "kst_live_a/b c"


@pytest.mark.parametrize(
    ("url", "resource"),
    [
        pytest.param(
            "wss://h/v1/sessions/s/connect", "/v1/sessions/s/connect?token=kst_live_a%2Fb%20c", id="documented"
        ),
        pytest.param("wss://h/connect?region=eu", "/connect?region=eu&token=kst_live_a%2Fb%20c", id="query is kept"),
        pytest.param("ws://h:8400", "/?token=kst_live_a%2Fb%20c", id="no path"),
    ],
)
def test_adds_the_token_to_the_url(url: str, resource: str) -> None:
    """Kallglot reads the very token it gave, whatever characters are in it."""
    assert address(url, TOKEN).resource_name == resource


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://h/connect", id="https"),
        pytest.param("wss:///connect", id="no host"),
        pytest.param("wss://h:port/connect", id="port is no number"),
        pytest.param("wss://h/connect#x", id="fragment"),
        pytest.param("", id="nothing"),
    ],
)
def test_refuses_what_is_no_stream_address(url: str) -> None:
    """An answer with another kind of url is named for what it is."""
    with pytest.raises(KallglotError, match=r"unexpected_answer: stream\.url must be .* not '") as caught:
        address(f"{url}{TOKEN}" if url else url, TOKEN)
    assert TOKEN not in str(caught.value)


def status(code: int, body: bytes = b"", **headers: str) -> InvalidStatus:
    fields = Headers({name.replace("_", "-"): value for name, value in headers.items()})
    return InvalidStatus(Response(code, "Said So", fields, body))


@pytest.mark.parametrize("code", [200, 302, 401, 403, 404, 410])
def test_a_refused_upgrade_is_final(code: int) -> None:
    """A token that does not open the stream will not open it a second time."""
    error = refused(status(code), "h", TOKEN)
    assert type(error) is KallglotError
    assert (error.code, error.status) == ("stream_refused", code)


def test_a_refused_upgrade_carries_kallglots_words() -> None:
    """Where Kallglot gives its reason, the operator reads it."""
    error = refused(status(402, sample("rest/error_insufficient_api_credits.json")), "h", TOKEN)
    assert error.message == "insufficient_api_credits: ..."
    assert error.request_id == "req_123"


@pytest.mark.parametrize("code", [429, 500, 502, 503])
def test_an_overloaded_kallglot_is_worth_another_try(code: int) -> None:
    """A stream that cannot be opened now may be a little later."""
    error = refused(status(code, Retry_After="2"), "h", TOKEN)
    assert isinstance(error, KallglotUnavailableError)
    assert (error.code, error.status, error.retry_after_s) == ("stream_refused", code, 2.0)


def test_a_connection_that_ends_unanswered_is_worth_another_try() -> None:
    """A server that is restarting closes its connections."""
    why = InvalidMessage("did not receive a valid HTTP response")
    why.__cause__ = EOFError("connection closed while reading HTTP status line")
    error = refused(why, "h", TOKEN)
    assert isinstance(error, KallglotUnavailableError)
    assert str(error) == "unreachable: h closed the connection instead of opening the stream"


def test_what_is_no_websocket_is_named() -> None:
    """Something else listens there, and the log shows what it said."""
    why = InvalidMessage("did not receive a valid HTTP response")
    why.__cause__ = ValueError(f"invalid HTTP status line: {TOKEN}")
    error = refused(why, "h", TOKEN)
    assert type(error) is KallglotError
    assert error.code == "unexpected_answer"
    assert error.message.endswith("did not receive a valid HTTP response: invalid HTTP status line: ***")


@pytest.mark.parametrize("echo", [TOKEN, "kst_live_a%2Fb%20c"])
@pytest.mark.parametrize("token", [TOKEN, "opaque/token"])
def test_never_repeats_the_token(token: str, echo: str) -> None:
    """A page or header that echoes the address does not bring the token into the log."""
    spelled = echo.replace("kst_live_a", "opaque") if token != TOKEN else echo
    for why in (status(404, f"no such page: /?token={spelled}".encode()), InvalidHeaderValue("Upgrade", spelled)):
        for secret in (token, "kst_live", "opaque/token", "opaque%2Ftoken"):
            assert secret not in str(refused(why, "h", token))


def test_an_empty_token_hides_nothing() -> None:
    """A grant without a token still gives a legible error."""
    assert "no such page" in str(refused(status(404, b"no such page"), "h", ""))


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
async def test_a_refused_upgrade_is_an_error(status: int) -> None:
    """What may pass is worth another try, what will not is not; the token is in neither."""

    def refuse(ws: ServerConnection, request: Request) -> Response:
        return ws.respond(HTTPStatus(status), f"no: {request.path}")

    async def handler(ws: ServerConnection) -> None:
        raise AssertionError("refused before")

    async with stream_peer(handler, process_request=refuse) as url:
        with pytest.raises(KallglotError) as caught:
            await open_stream(url, TOKEN, Notes(), StreamPolicy())
    error = caught.value
    assert (error.code, error.status) == ("stream_refused", status)
    assert isinstance(error, KallglotUnavailableError) is (status == 429 or status >= 500)
    assert "no: " in error.message
    assert "kst_live" not in str(error)


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        pytest.param(b"", KallglotUnavailableError, "unreachable: .* closed the connection", id="closes"),
        pytest.param(b"HTTP/1.1 101 Swi", KallglotUnavailableError, "unreachable", id="closes half-way"),
        pytest.param(b"220 mail.example.com ESMTP\r\n", KallglotError, "unexpected_answer.*220 mail", id="not http"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n<html>", KallglotError, "stream_refused.*<html>", id="html"),
        pytest.param(
            b"HTTP/1.1 101 Ok\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
            KallglotError,
            "unexpected_answer.*Sec-WebSocket-Accept",
            id="not to our key",
        ),
    ],
)
async def test_names_what_is_no_upgrade(answer: bytes, error: type[KallglotError], said: str) -> None:
    """Whatever listens there instead of Kallglot, the log says what it was."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    async with raw_peer(handler) as url:
        with pytest.raises(KallglotError, match=said) as caught:
            await open_stream(url, TOKEN, Notes(), StreamPolicy())
    assert type(caught.value) is error


async def test_a_reset_upgrade_is_worth_another_try() -> None:
    """A Kallglot that is killed while it answers is merely away."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        reset(writer.transport)

    async with raw_peer(handler) as url:
        with pytest.raises(KallglotUnavailableError, match="unreachable"):
            await open_stream(url, TOKEN, Notes(), StreamPolicy())


async def test_a_refused_connection_is_worth_another_try() -> None:
    """A Kallglot that is down is named by its address."""
    async with silent_port() as port:
        with pytest.raises(KallglotUnavailableError, match=f"unreachable: 127.0.0.1:{port}: "):
            await open_stream(f"ws://127.0.0.1:{port}/", TOKEN, Notes(), StreamPolicy())


async def test_a_host_that_is_no_name_is_an_error() -> None:
    """A label longer than DNS allows fails as any name does that cannot be found."""
    with pytest.raises(KallglotUnavailableError, match="unreachable"):
        await open_stream(f"ws://{'x' * 64}.example/", TOKEN, Notes(), StreamPolicy())


@pytest.mark.parametrize("url", ["wss://a\x00b/", "wss://kallglot.test/\x7f", "wss://kallglot.test/?a=\x01"])
def test_an_address_holds_no_control_characters(url: str) -> None:
    """No name server could be asked, and no request line written."""
    with pytest.raises(KallglotError, match="must be a ws:// or wss:// address"):
        address(url, "kst_test_1")
