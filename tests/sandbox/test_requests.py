from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.sandbox.organization import Key, Organization, Permission
from gateway.sandbox.requests import MAX_BODY_BYTES
from tests.sandbox.clients import Desk, desk


@pytest.fixture
async def it() -> AsyncIterator[Desk]:
    async with desk(counterpart="mute") as opened:
        yield opened


async def test_a_body_must_be_declared_as_json(it: Desk) -> None:
    """`curl -d` alone sends a form; the answer says what is missing."""
    answer = await it.http.post("/sessions", content=b'{"mode":"ai_agent"}', headers={"Content-Type": "text/plain"})

    assert answer.status_code == 400
    assert "application/json" in answer.json()["error"]["message"]


async def test_a_charset_does_no_harm(it: Desk) -> None:
    """Some clients send one."""
    content_type = {"Content-Type": "Application/JSON; charset=utf-8"}
    answer = await it.http.post("/sessions", content=b'{"mode":"ai_agent"}', headers=content_type)

    assert answer.status_code == 201


async def test_a_body_beyond_any_use_is_413(it: Desk) -> None:
    """It is not read to its end."""
    answer = await it.http.post("/sessions", content=b" " * (MAX_BODY_BYTES + 1))

    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "request_too_large")


async def test_a_client_that_hangs_up_amid_its_body_harms_nobody(it: Desk) -> None:
    """The next one is served."""

    async def broken_off() -> AsyncIterator[bytes]:
        yield b'{"mode":'
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        await it.http.post("/sessions", content=broken_off(), headers={"Content-Type": "application/json"})

    await it.create()


@pytest.mark.parametrize("path", ["/calls", "/agents/"])
async def test_an_unknown_path_is_404_in_the_documented_shape(it: Desk, path: str) -> None:
    """Not the framework's plain text, nor its redirection."""
    answer = await it.http.get(path)
    error = answer.json()["error"]

    assert (answer.status_code, error["type"], error["code"]) == (404, "not_found_error", "not_found")
    assert error["request_id"] == answer.headers["x-request-id"]


async def test_a_stream_that_is_asked_for_without_an_upgrade_is_426(it: Desk) -> None:
    """A proxy that drops `Upgrade` looks like that: the path is right, and the answer says what was missing."""
    session = await it.create()
    answer = await it.http.get(f"/sessions/{session['id']}/connect?token={session['stream']['token']}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (426, "upgrade_required")
    assert answer.headers["upgrade"] == "websocket"


async def test_another_method_is_405_in_the_documented_shape(it: Desk) -> None:
    """There is no list of sessions, and the answer says what there is."""
    answer = await it.http.get("/sessions")

    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/sessions"),
        ("GET", "/sessions/sess_1"),
        ("POST", "/sessions/sess_1/end"),
        ("GET", "/sessions/sess_1/transcript"),
    ],
)
async def test_every_endpoint_asks_for_a_key(it: Desk, method: str, path: str) -> None:
    """401 in the documented shape, before anything else is looked at."""
    async with httpx.AsyncClient(base_url=it.sandbox.base_url) as stranger:
        answer = await stranger.request(method, path)
    error = answer.json()["error"]

    assert (answer.status_code, error["type"]) == (401, "authentication_error")
    assert error["request_id"] == answer.headers["x-request-id"]
    assert "x-api-credits-remaining" not in answer.headers


async def test_authenticated_answers_tell_the_credits(it: Desk) -> None:
    """Each successful create takes one; a refused one takes none, and says so too."""
    first = await it.http.post("/sessions", json={"mode": "ai_agent"})
    refused = await it.http.post("/sessions", json={"mode": "x"})

    assert int(first.headers["x-api-credits-used"]) == 1
    assert refused.status_code == 422
    assert refused.headers["x-api-credits-remaining"] == first.headers["x-api-credits-remaining"]


async def test_every_answer_tells_the_rate_limit(it: Desk) -> None:
    """Beside the credits, and a refused one too."""
    answers = [await it.http.get("/agents"), await it.http.get("/agents/agt_0")]

    assert [answer.status_code for answer in answers] == [200, 404]
    for answer in answers:
        assert {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"} <= set(answer.headers)


async def test_too_many_requests_are_429() -> None:
    """With `Retry-After`, in the documented shape."""
    async with desk(organization=Organization(requests_per_minute=2)) as it:
        answers = [await it.http.get("/agents") for _ in range(5)]
    late = answers[-1]

    assert late.status_code == 429
    assert late.json()["error"]["code"] == "rate_limit_exceeded"
    assert int(late.headers["retry-after"]) == late.json()["error"]["retry_after"] > 0
    assert late.headers["x-ratelimit-remaining"] == "0"


async def test_a_key_does_only_what_it_may() -> None:
    """403; an inactive organization may do nothing at all."""
    reader = Key("sk_test_desk", frozenset({Permission.SESSIONS_READ}))
    async with desk(organization=Organization(keys=(reader,))) as it:
        created, read = await it.http.post("/sessions", json={}), await it.http.get("/sessions/sess_0")
    async with desk(organization=Organization(active=False)) as it:
        inactive = await it.http.get("/sessions/sess_0")

    assert (created.status_code, created.json()["error"]["code"]) == (403, "insufficient_permissions")
    assert read.status_code == 404
    assert (inactive.status_code, inactive.json()["error"]["code"]) == (403, "organization_inactive")


async def test_a_fault_can_be_ordered_on_any_operation(it: Desk) -> None:
    """Those that heed an Idempotency-Key and those that do not."""
    await it.tool("POST", "/sandbox/faults", json={"on": "retrieve_session", "status": 500})
    await it.tool("POST", "/sandbox/faults", json={"on": "any", "status": 503})
    session = await it.http.get("/sessions/sess_0")
    agents = await it.http.get("/agents")

    assert (session.status_code, agents.status_code) == (500, 503)


async def test_credits_can_be_made_to_run_out(it: Desk) -> None:
    """From the next create on."""
    await it.tool("POST", "/sandbox/faults", json={"on": "create_session", "credits": 1})
    answers = [await it.http.post("/sessions", json={"mode": "ai_agent"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 402]
    assert [answer.headers["x-api-credits-remaining"] for answer in answers] == ["0", "0"]
