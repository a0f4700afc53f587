import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import pytest

from tests.sandbox.clients import Desk, desk, receive_until, stream, until
from tests.sandbox.wire import REQUESTS, audio_input, missing_keys, request_sample, response_sample


@pytest.fixture
async def it() -> AsyncIterator[Desk]:
    async with desk(counterpart="mute") as opened:
        yield opened


@pytest.mark.parametrize("name", REQUESTS)
async def test_every_documented_create_is_201_with_every_documented_key(it: Desk, name: str) -> None:
    """Both printed answers and the overview's, whatever was asked for."""
    sent = request_sample(name)
    answer = await it.http.post("/sessions", json=sent)
    session = answer.json()

    assert answer.status_code == 201
    for printed in ("overview", "create_reference", "create_quickstart"):
        assert missing_keys(response_sample(printed), session) == []
    assert (session["object"], session["status"], session["mode"]) == ("session", "created", sent["mode"])
    assert session["source_language"] == sent.get("source_language")
    assert session["metadata"] == sent.get("metadata")
    assert session["phone_number"] == sent.get("routing", {}).get("phone_number")


async def test_a_session_has_a_stream_on_the_host_that_was_asked(it: Desk) -> None:
    """Behind whatever name the sandbox is reached, the stream is reached too."""
    answer = await it.http.post("/sessions", json={"mode": "ai_agent"}, headers={"Host": "kallglot.test:1234"})
    session = answer.json()
    created = datetime.fromisoformat(session["created_at"])

    assert session["stream"]["url"] == f"ws://kallglot.test:1234/v1/sessions/{session['id']}/connect"
    assert session["stream"]["token"].startswith("kst_test_")
    lifetime = datetime.fromisoformat(session["stream"]["expires_at"]) - created
    assert timedelta(seconds=299) <= lifetime <= timedelta(seconds=301)


async def test_a_public_url_wins_over_the_host() -> None:
    """Behind a proxy that ends TLS, and the keys are of the kind that asked."""
    async with desk(public_url="https://sandbox.example.com/") as it:
        answer = await it.http.post(
            "/sessions", json={"mode": "ai_agent"}, headers={"Authorization": "Bearer sk_live_desk"}
        )
    stream_object = answer.json()["stream"]

    assert stream_object["url"].startswith("wss://sandbox.example.com/v1/sessions/sess_")
    assert stream_object["token"].startswith("kst_live_")


async def test_a_missing_mode_is_the_documented_error(it: Desk) -> None:
    """The API overview's sample, word for word."""
    answer = await it.http.post("/sessions", json={})
    error = answer.json()["error"]

    assert answer.status_code == 422
    assert missing_keys(response_sample("error"), answer.json()) == []
    assert error.pop("request_id") == answer.headers["x-request-id"]
    assert error == response_sample("error")["error"]


async def test_bad_json_is_400(it: Desk) -> None:
    """Before any field is looked at."""
    answer = await it.http.post("/sessions", content=b"{", headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


async def test_a_retrieved_session_has_a_fresh_token(it: Desk) -> None:
    """Whoever lost the stream after five minutes gets back in."""
    created = await it.create(metadata={"customer_id": "123"})
    retrieved = (await it.http.get(f"/sessions/{created['id']}")).json()

    assert missing_keys(response_sample("retrieve"), retrieved) == []
    assert retrieved["stream"]["token"] != created["stream"]["token"]
    async with stream(created), stream(retrieved):
        pass


async def test_a_session_that_was_not_created_is_404(it: Desk) -> None:
    """On every endpoint."""
    answers = [
        await it.http.get("/sessions/sess_0"),
        await it.http.post("/sessions/sess_0/end"),
        await it.http.get("/sessions/sess_0/transcript"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert {answer.json()["error"]["code"] for answer in answers} == {"session_not_found"}


async def test_ending_a_session_is_safe_to_repeat(it: Desk) -> None:
    """The same summary each time; the stream is gone from the session."""
    session = await it.create()
    first = await it.http.post(f"/sessions/{session['id']}/end")
    second = await it.http.post(f"/sessions/{session['id']}/end", json={"reason": "completed"})
    after = (await it.http.get(f"/sessions/{session['id']}")).json()

    assert (first.status_code, second.status_code) == (200, 200)
    assert missing_keys(response_sample("end"), first.json()) == []
    assert first.json() == second.json()
    assert (after["status"], "stream" in after) == ("ended", False)
    assert after["ended_at"] == first.json()["ended_at"]


async def test_ending_by_rest_ends_the_streams(it: Desk) -> None:
    """Every socket is told and closed."""
    session = await it.create()
    async with stream(session) as one, stream(session) as other:
        await it.http.post(f"/sessions/{session['id']}/end")
        for socket in (one, other):
            [ended] = await receive_until(socket, "session.ended")
            assert ended["reason"] == "explicit_end"
            await socket.wait_closed()
            assert socket.close_code == 1000


async def test_a_session_that_heard_audio_has_started(it: Desk) -> None:
    """Status and times follow the stream."""
    session = await it.create()
    async with stream(session) as socket:
        connecting = (await it.http.get(f"/sessions/{session['id']}")).json()
        await socket.send(audio_input(b"\xff" * 800))
        await socket.send('{"type":"ping"}')
        await receive_until(socket, "pong")
        active = (await it.http.get(f"/sessions/{session['id']}")).json()

    assert (connecting["status"], connecting["started_at"]) == ("connecting", None)
    assert active["status"] == "active"
    assert active["started_at"] is not None


async def test_a_transcript_is_empty_and_in_progress_at_first(it: Desk) -> None:
    """And completed once the session has ended."""
    session = await it.create()
    before = (await it.http.get(f"/sessions/{session['id']}/transcript")).json()
    await it.http.post(f"/sessions/{session['id']}/end")
    after = (await it.http.get(f"/sessions/{session['id']}/transcript")).json()

    assert missing_keys(response_sample("transcript"), before) == []
    assert (before["status"], before["turns"], after["status"]) == ("in_progress", [], "completed")
    assert before["session_id"] == session["id"]


async def test_an_idempotency_key_creates_one_session(it: Desk) -> None:
    """Same status, same bytes, one session, one credit."""
    key = {"Idempotency-Key": "call-1"}
    first = await it.http.post("/sessions", json={"mode": "ai_agent", "metadata": {"a": 1}}, headers=key)
    second = await it.http.post("/sessions", json={"metadata": {"a": 1}, "mode": "ai_agent"}, headers=key)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert (len(it.sandbox.state.sessions), it.sandbox.state.credits.used) == (1, 1)


async def test_an_idempotency_key_with_another_body_is_400(it: Desk) -> None:
    """`idempotency_mismatch`, and nothing is created."""
    key = {"Idempotency-Key": "call-1"}
    await it.http.post("/sessions", json={"mode": "ai_agent"}, headers=key)
    other = await it.http.post("/sessions", json={"mode": "help_chat_voice"}, headers=key)

    assert (other.status_code, other.json()["error"]["code"]) == (400, "idempotency_mismatch")
    assert len(it.sandbox.state.sessions) == 1


async def test_an_idempotency_key_in_flight_is_409(it: Desk) -> None:
    """While the first is slow the second is sent away, with `Retry-After`."""
    await it.tool("POST", "/sandbox/faults", json={"delay_s": 30})
    key = {"Idempotency-Key": "call-1"}

    async def create() -> httpx.Response:
        return await it.http.post("/sessions", json={"mode": "ai_agent"}, headers=key, timeout=60)

    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(create())
        await until(lambda: not it.sandbox.state.faults.pending)  # the first has met its delay
        second = await create()
        first.cancel()

    assert (second.status_code, second.json()["error"]["code"]) == (409, "idempotency_conflict")
    assert second.headers["retry-after"] == "1"
    assert it.sandbox.state.sessions == {}


async def test_ending_honours_the_idempotency_key(it: Desk) -> None:
    """A key that created a session cannot end it."""
    session = await it.create()
    key = {"Idempotency-Key": "end-1"}
    first = await it.http.post(f"/sessions/{session['id']}/end", headers=key)
    second = await it.http.post(f"/sessions/{session['id']}/end", headers=key)
    other = await it.http.post("/sessions", json={"mode": "ai_agent"}, headers=key)

    assert first.content == second.content
    assert other.json()["error"]["code"] == "idempotency_mismatch"


async def test_a_refused_create_leaves_the_key_free(it: Desk) -> None:
    """The client retries with the same key and succeeds."""
    await it.tool("POST", "/sandbox/faults", json={"status": 503})
    key = {"Idempotency-Key": "call-1"}
    first = await it.http.post("/sessions", json={"mode": "ai_agent"}, headers=key)
    second = await it.http.post("/sessions", json={"mode": "ai_agent"}, headers=key)

    assert (first.status_code, second.status_code) == (503, 201)


async def test_an_end_with_a_broken_body_is_400(it: Desk) -> None:
    """And the session goes on."""
    session = await it.create()
    headers = {"Content-Type": "application/json"}
    answer = await it.http.post(f"/sessions/{session['id']}/end", content=b"{", headers=headers)

    assert answer.status_code == 400
    assert (await it.http.get(f"/sessions/{session['id']}")).json()["status"] == "created"
