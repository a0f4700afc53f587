import httpx

from gateway.clock import SystemClock
from gateway.sandbox.app import build_app
from gateway.sandbox.exchange import Exchange
from gateway.sandbox.options import SandboxOptions


async def test_a_bug_is_answered_in_the_documented_shape() -> None:
    """500 with a request id, not a plain text page."""
    exchange = Exchange(SandboxOptions(), SystemClock())
    del exchange.state.sessions
    transport = httpx.ASGITransport(build_app(exchange), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as http:
        answer = await http.post("/v1/sessions", json={"mode": "ai_agent"}, headers={"X-API-Key": "sk_test_a"})
    error = answer.json()["error"]

    assert (answer.status_code, error["type"], error["code"]) == (500, "api_error", "internal_error")
    assert error["request_id"] == answer.headers["x-request-id"]
