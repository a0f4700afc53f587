"""Rules of opening the session stream."""

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import InvalidHeaderValue, InvalidMessage, InvalidStatus
from websockets.http11 import Response

from gateway.errors import KallglotError, KallglotUnavailableError
from gateway.kallglot.upgrade import address, refused
from tests.kallglot.samples import sample

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
