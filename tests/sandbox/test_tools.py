import asyncio
import base64
from collections.abc import AsyncIterator

import httpx
import pytest
from websockets.exceptions import ConnectionClosedError

from tests.sandbox.clients import Desk, desk, receive, receive_until, stream
from tests.sandbox.wire import audio_input


@pytest.fixture
async def it() -> AsyncIterator[Desk]:
    async with desk(counterpart="mute") as opened:
        yield opened


async def test_another_process_can_read_what_arrived(it: Desk) -> None:
    """Counts, speakers, gaps and duplicates, open sockets; no key is needed."""
    session = await it.create(metadata={"call": "1"})
    async with stream(session) as socket:
        for sequence in (1, 2, 2, 5):
            await socket.send(audio_input(b"\xff" * 800, sequence))
        await socket.send('{"type":"ping"}')
        await receive_until(socket, "pong")
        seen = await it.report(session["id"])

    assert (seen["status"], seen["open_sockets"], seen["metadata"]) == ("active", 1, {"call": "1"})
    assert (seen["audio_inputs"], seen["bytes"], seen["turns"]) == (4, 3200, 0)
    assert (seen["sequence_gaps"], seen["sequence_duplicates"]) == (1, 1)
    assert list(seen["speakers"]) == ["customer"]


async def test_an_ended_session_is_still_reported(it: Desk) -> None:
    """With no socket left."""
    session = await it.create()
    async with stream(session):
        await it.http.post(f"/sessions/{session['id']}/end")

    assert (await it.report(session["id"]))["status"] == "ended"


async def test_the_sandbox_says_what_it_is_given(it: Desk) -> None:
    """One message, the bytes as given; without its format where the format is null."""
    session = await it.create()
    path = f"/sandbox/sessions/{session['id']}/say"
    payload = base64.b64encode(b"\x01\x02").decode()
    async with stream(session) as socket:
        answer = await it.tool("POST", path, json={"payload": payload})
        assert answer.json() == {"sockets": 1}
        assert (await receive(socket))["audio"] == {"payload": payload, "encoding": "mulaw", "sample_rate_hz": 8000}
        bare = {"payload": payload, "encoding": None, "sample_rate_hz": None, "speaker": "agent"}
        await it.tool("POST", path, json=bare)
        assert (await receive(socket))["audio"] == {"payload": payload}


async def test_cutting_drops_the_connection_without_a_word(it: Desk) -> None:
    """No close frame; the session waits for the caller to come back."""
    session = await it.create()
    async with stream(session) as socket:
        answer = await it.tool("POST", f"/sandbox/sessions/{session['id']}/cut")
        with pytest.raises(ConnectionClosedError):
            await receive(socket)
        assert socket.close_code == 1006

    assert answer.json() == {"sockets": 1}
    async with stream(session):
        assert (await it.report(session["id"]))["open_sockets"] == 1


@pytest.mark.parametrize("what", ["say", "cut"])
async def test_a_session_nobody_is_connected_to_is_409(it: Desk, what: str) -> None:
    """A test that would wait for ever hears of it at once; an unknown session is 404."""
    session = await it.create()
    body = {"payload": ""}
    idle = await it.tool("POST", f"/sandbox/sessions/{session['id']}/{what}", json=body)
    await it.http.post(f"/sessions/{session['id']}/end")
    ended = await it.tool("POST", f"/sandbox/sessions/{session['id']}/{what}", json=body)
    unknown = await it.tool("POST", f"/sandbox/sessions/sess_0/{what}", json=body)

    assert (idle.status_code, ended.status_code, unknown.status_code) == (409, 409, 404)


async def test_say_needs_a_payload_in_base64(it: Desk) -> None:
    """422 names it."""
    session = await it.create()
    async with stream(session):
        answer = await it.tool("POST", f"/sandbox/sessions/{session['id']}/say", json={"payload": "not base64!"})

    assert (answer.status_code, answer.json()["error"]["param"]) == (422, "payload")


async def test_ordered_faults_meet_the_next_creates(it: Desk) -> None:
    """As many as were ordered, in the documented shape, with their header."""
    fault = {"times": 2, "status": 429, "retry_after_s": 3}
    assert (await it.tool("POST", "/sandbox/faults", json=fault)).json() == {"pending": 2}
    answers = [await it.http.post("/sessions", json={"mode": "ai_agent"}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [429, 429, 201]
    assert answers[0].headers["retry-after"] == "3"
    assert answers[0].json()["error"]["code"] == "rate_limit_exceeded"


async def test_faults_may_be_html_or_another_shape(it: Desk) -> None:
    """What a proxy says, and what a future version might."""
    await it.tool("POST", "/sandbox/faults", json={"html": "<h1>Bad gateway</h1>"})
    await it.tool("POST", "/sandbox/faults", json={"status": 201, "body": []})
    html = await it.http.post("/sessions", json={"mode": "ai_agent"})
    shape = await it.http.post("/sessions", json={"mode": "ai_agent"})

    assert (html.status_code, html.text) == (502, "<h1>Bad gateway</h1>")
    assert html.headers["content-type"].startswith("text/html")
    assert (shape.status_code, shape.json()) == (201, [])


async def test_a_hanging_create_outlasts_the_client_s_patience(it: Desk) -> None:
    """It is created neither for the client who gave up nor later."""
    await it.tool("POST", "/sandbox/faults", json={"hang_s": 30})
    with pytest.raises(httpx.ReadTimeout):
        await it.http.post("/sessions", json={"mode": "ai_agent"}, timeout=0.05)

    assert it.sandbox.state.sessions == {}


async def test_a_delayed_create_succeeds(it: Desk) -> None:
    """Later than it would have."""
    await it.tool("POST", "/sandbox/faults", json={"delay_s": 0.05})
    loop = asyncio.get_running_loop()
    before = loop.time()
    await it.create()

    assert loop.time() - before >= 0.05


async def test_faults_can_be_forgotten(it: Desk) -> None:
    """The next create succeeds."""
    await it.tool("POST", "/sandbox/faults", json={"times": 9, "status": 503})
    assert (await it.tool("DELETE", "/sandbox/faults")).json() == {"pending": 0}

    await it.create()


async def test_a_misspelt_fault_is_refused(it: Desk) -> None:
    """422 in the API's own error shape."""
    answer = await it.tool("POST", "/sandbox/faults", json={"sttus": 503})

    assert answer.status_code == 422
    assert "sttus" in answer.json()["error"]["message"]
