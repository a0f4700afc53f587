import pytest

from gateway.sandbox.limits import RateLimiter
from gateway.sandbox.refusals import Refused

NOW_MS = 1_711_454_430_000
"""Half a minute before the documents' `X-RateLimit-Reset`, 1711454460."""


def test_every_answer_tells_what_is_left_of_the_minute() -> None:
    """The three documented headers; the reset is the end of the minute in Unix seconds."""
    window = RateLimiter(120).count(NOW_MS)

    assert window.headers == {
        "X-RateLimit-Limit": "120",
        "X-RateLimit-Remaining": "119",
        "X-RateLimit-Reset": "1711454460",
    }


def test_one_request_too_many_is_429_until_the_minute_is_over() -> None:
    """It says when to come back, and then all are welcome again."""
    limiter = RateLimiter(2)
    for _ in range(2):
        limiter.count(NOW_MS)
        limiter.require(NOW_MS)
    assert limiter.count(NOW_MS).remaining == 0
    with pytest.raises(Refused) as caught:
        limiter.require(NOW_MS + 100)
    limiter.count(NOW_MS + 30_000)
    limiter.require(NOW_MS + 30_000)

    refused = caught.value
    assert (refused.status, refused.code, refused.kind) == (429, "rate_limit_exceeded", "rate_limit_error")
    assert refused.retry_after_s == 30
