import json

from gateway.sandbox.refusals import ErrorType, Refused, invalid, malformed, no_such_session


def test_a_refusal_has_the_documented_shape() -> None:
    """The API overview's sample, with the request's id in it."""
    body = json.loads(invalid("mode", "The 'mode' field is required.").body("req_1"))

    assert body == {
        "error": {
            "code": "invalid_request",
            "message": "The 'mode' field is required.",
            "type": "validation_error",
            "param": "mode",
            "request_id": "req_1",
        }
    }


def test_what_a_refusal_does_not_know_is_left_out() -> None:
    """No `"param": null`: the documents list it as optional."""
    refused = Refused(429, "rate_limit_exceeded", "Slow down.", kind=ErrorType.RATE_LIMIT, retry_after_s=3)

    assert json.loads(refused.body(None)) == {
        "error": {
            "code": "rate_limit_exceeded",
            "message": "Slow down.",
            "type": "rate_limit_error",
            "retry_after": 3,
        }
    }


def test_each_kind_of_refusal_has_its_status() -> None:
    """400 unreadable, 422 read and wrong, 404 unknown."""
    statuses = [malformed("x").status, invalid("mode", "x").status, no_such_session("sess_1").status]

    assert statuses == [400, 422, 404]
