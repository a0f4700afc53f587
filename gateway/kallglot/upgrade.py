"""The opening of the session stream, as far as it is text: its address, and why it was refused. Sans-I/O.

Wire reference: https://developer.kallglot.com/quickstart, "Connect to the WebSocket": the token is the query
parameter `token` of the session's `stream.url`. What a refused upgrade looks like is not documented.
"""

from dataclasses import replace
from urllib.parse import quote

from websockets.exceptions import InvalidStatus, InvalidURI
from websockets.uri import WebSocketURI, parse_uri

from gateway.errors import KallglotError, KallglotUnavailableError
from gateway.kallglot.excerpt import excerpt
from gateway.kallglot.models import UNEXPECTED_ANSWER
from gateway.kallglot.refusals import refusal

STREAM_REFUSED = "stream_refused"
"""The `code` of an upgrade that was answered with an HTTP status other than 101."""


def address(url: str, token: str) -> WebSocketURI:
    """Where a stream is opened: `url` with its query kept and the token added.

    Raises:
        KallglotError: `unexpected_answer`; the url is no WebSocket address.
    """
    try:
        uri = parse_uri(url)
        if not url.isprintable():
            raise ValueError("neither a name nor a request line can hold control characters")
    except (InvalidURI, ValueError):  # ValueError: a port that is no number, too
        seen = excerpt(url.encode(errors="replace"), token)
        raise KallglotError(UNEXPECTED_ANSWER, f"stream.url must be a ws:// or wss:// address, not {seen!r}") from None
    query = f"token={quote(token, safe='')}"
    return replace(uri, query=f"{uri.query}&{query}" if uri.query else query)


def refused(why: Exception, host: str, token: str) -> KallglotError:
    """The error for an upgrade that `websockets` found refused, or answered with what is none.

    As with REST it is a `KallglotUnavailableError` where trying again may help; the token is not in it.
    """
    if isinstance(why, InvalidStatus):
        return _refused_with_status(why, token)
    if isinstance(why.__cause__, EOFError):
        return KallglotUnavailableError("unreachable", f"{host} closed the connection instead of opening the stream")
    words = ": ".join(str(exc) for exc in (why, why.__cause__) if exc)
    seen = excerpt(_masked(words, token).encode())
    return KallglotError(UNEXPECTED_ANSWER, f"{host} did not open the stream: {seen}")


def _refused_with_status(why: InvalidStatus, token: str) -> KallglotError:
    response = why.response
    headers = {name.lower(): value for name, value in response.headers.raw_items()}
    body = _masked(response.body.decode("utf-8", "replace"), token).encode()
    answer = refusal(response.status_code, headers, body)
    message = f"{answer.code}: {answer.message}"
    if isinstance(answer, KallglotUnavailableError):
        return KallglotUnavailableError(
            STREAM_REFUSED,
            message,
            status=answer.status,
            request_id=answer.request_id,
            retry_after_s=answer.retry_after_s,
        )
    return KallglotError(STREAM_REFUSED, message, status=answer.status, request_id=answer.request_id)


def _masked(text: str, token: str) -> str:
    return text.replace(quote(token, safe=""), "***").replace(token, "***") if token else text
