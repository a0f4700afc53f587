from gateway.sandbox.access import Credits
from gateway.sandbox.answers import credit_headers, refusal_response, response
from gateway.sandbox.idempotency import Answer
from gateway.sandbox.refusals import ErrorType, Refused


def test_every_answer_has_a_request_id() -> None:
    """Support would ask for it."""
    made = response(Answer(201, b"{}"), "req_1")

    assert (made.status_code, made.body, made.headers["x-request-id"]) == (201, b"{}", "req_1")
    assert made.headers["content-type"] == "application/json"


def test_a_refusal_says_when_to_come_back() -> None:
    """`Retry-After` in seconds, as in the body."""
    refused = Refused(429, "rate_limit_exceeded", "Slow down.", kind=ErrorType.RATE_LIMIT, retry_after_s=30)
    made = refusal_response(refused, "req_1", {"X-A": "b"})

    assert (made.status_code, made.headers["retry-after"], made.headers["x-a"]) == (429, "30", "b")
    assert b'"request_id":"req_1"' in bytes(made.body)


def test_a_401_says_how_to_authenticate() -> None:
    """As RFC 9110 asks."""
    made = refusal_response(Refused(401, "invalid_api_key", "No."), "req_1")

    assert made.headers["www-authenticate"] == "Bearer"


def test_credits_are_headers() -> None:
    """Remaining and used."""
    credit = Credits(5)
    credit.take()

    assert credit_headers(credit) == {"X-API-Credits-Remaining": "4", "X-API-Credits-Used": "1"}
