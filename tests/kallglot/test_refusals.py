"""Rules of reading refusals."""

import pytest

from gateway.errors import KallglotError, KallglotUnavailableError
from gateway.kallglot.refusals import is_refusal, refusal
from tests.kallglot.samples import sample

CONFLICT = b'{"error":{"code":"idempotency_conflict","message":"in progress","retry_after":2}}'


def test_carries_kallglots_code_message_and_request() -> None:
    """An operator can quote the request id to Kallglot's support."""
    error = refusal(402, {}, sample("rest/error_insufficient_api_credits.json"))
    assert type(error) is KallglotError
    assert (error.code, error.message) == ("insufficient_api_credits", "...")
    assert (error.status, error.request_id) == (402, "req_123")


def test_takes_the_request_id_from_the_header() -> None:
    """Where the body has none, `X-Request-ID` has it."""
    error = refusal(400, {"x-request-id": "req_7"}, sample("rest/error_invalid_request.json"))
    assert error.request_id == "req_7"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<html>sk_live_1</html>", id="html"),
        pytest.param(b'{"detail":[]}', id="other json"),
        pytest.param(b'{"error":"no"}', id="other error"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_a_refusal_of_nobodys_is_named_by_its_status(body: bytes) -> None:
    """A proxy's page gets a code that can be counted, and its text can be read."""
    error = refusal(403, {}, body)
    assert error.code == "http_403"
    assert "not an error of Kallglot's" in error.message
    assert "sk_live" not in error.message


def test_an_error_is_kallglots_whatever_it_is_about() -> None:
    """`param` may be a path as well as a name: nobody here reads it, and the code counts."""
    error = refusal(422, {}, b'{"error":{"code":"invalid_request","message":"No.","type":7,"param":["routing","sip"]}}')
    assert (error.code, error.message) == ("invalid_request", "No.")


def test_an_error_without_words_still_says_something() -> None:
    """An empty `error` object is a refusal all the same."""
    error = refusal(404, {}, b'{"error":{}}')
    assert (error.code, error.message) == ("http_404", "no reason given")


@pytest.mark.parametrize(
    ("status", "body", "temporary"),
    [
        pytest.param(302, b"", False, id="redirect"),
        pytest.param(400, b'{"error":{"code":"idempotency_mismatch"}}', False, id="mismatch"),
        pytest.param(401, b"", False, id="key"),
        pytest.param(402, b"", False, id="credits"),
        pytest.param(403, b"", False, id="organization"),
        pytest.param(404, b"", False, id="not found"),
        pytest.param(409, b"", False, id="conflict"),
        pytest.param(409, CONFLICT, True, id="first request still running"),
        pytest.param(400, CONFLICT, False, id="the same code without its status"),
        pytest.param(422, b"", False, id="validation"),
        pytest.param(429, sample("rest/error_rate_limit_exceeded.json"), True, id="rate limit"),
        pytest.param(500, b"", True, id="server error"),
        pytest.param(503, b"<html>", True, id="outage"),
    ],
)
def test_tells_what_may_pass_from_what_will_not(status: int, body: bytes, *, temporary: bool) -> None:
    """Only what a repetition can mend is offered for one."""
    assert isinstance(refusal(status, {}, body), KallglotUnavailableError) is temporary


@pytest.mark.parametrize(
    ("header", "body", "expected"),
    [
        pytest.param("30", b"", 30.0, id="header"),
        pytest.param("0.5", CONFLICT, 0.5, id="header before body"),
        pytest.param(None, CONFLICT, 2.0, id="body"),
        pytest.param(None, b'{"error":{"retry_after":"4"}}', 4.0, id="body, as text"),
        pytest.param("Fri, 31 Dec 1999 23:59:59 GMT", b"", None, id="date"),
        pytest.param("-1", b"", None, id="negative"),
        pytest.param("nan", b"", None, id="not a number"),
        pytest.param(None, b"", None, id="absent"),
    ],
)
def test_reads_how_long_to_wait(header: str | None, body: bytes, expected: float | None) -> None:
    """Kallglot's wish is obeyed where it is a number of seconds."""
    error = refusal(429, {} if header is None else {"retry-after": header}, body)
    assert isinstance(error, KallglotUnavailableError)
    assert error.retry_after_s == expected


@pytest.mark.parametrize(
    ("status", "body", "is_kallglots"),
    [
        pytest.param(402, sample("rest/error_insufficient_api_credits.json"), True, id="its own code"),
        pytest.param(404, b'{"error":{"code":"ai_agent_not_found"}}', True, id="its own code for what is not there"),
        pytest.param(422, b'{"detail":[]}', True, id="a status that it documents"),
        pytest.param(404, b"<html>", False, id="a proxy that knows no such path"),
        pytest.param(408, b"", False, id="a proxy that has waited too long"),
        pytest.param(503, b"", False, id="no refusal"),
        pytest.param(201, b"<html>", False, id="no error"),
    ],
)
def test_only_kallglot_can_refuse_a_session(status: int, body: bytes, is_kallglots: bool) -> None:
    """Where a proxy answers, the session may have been created all the same, and is looked for."""
    assert is_refusal(refusal(status, {}, body)) is is_kallglots
