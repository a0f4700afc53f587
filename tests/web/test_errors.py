import json

from gateway.web.errors import error


def test_an_error_has_kallglots_shape() -> None:
    """Whoever integrates with Kallglot reads ours with the same code."""
    response = error(400, "invalid_request", "CallSid is missing", param="CallSid")
    assert response.status_code == 400
    assert json.loads(bytes(response.body)) == {
        "error": {
            "code": "invalid_request",
            "message": "CallSid is missing",
            "type": "invalid_request_error",
            "param": "CallSid",
        }
    }
