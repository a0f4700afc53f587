import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from gateway.sandbox.exchange import Exchange
from gateway.sandbox.options import SandboxOptions
from gateway.sandbox.plans import SessionPlan
from gateway.sandbox.refusals import Refused
from gateway.sandbox.stream import admit
from tests.fakes.clock import FakeClock
from tests.sandbox.clients import Desk, desk, receive, receive_until, stream
from tests.sandbox.sounds import chunks, silence, speech
from tests.sandbox.wire import audio_input


@pytest.fixture
async def it() -> AsyncIterator[Desk]:
    async with desk(counterpart="echo") as opened:
        yield opened


async def refusal(url: str) -> Any:
    """The HTTP answer to an upgrade that must not happen."""
    with pytest.raises(InvalidStatus) as caught:
        await connect(url)
    return caught.value.response


async def say(socket: ClientConnection, ulaw: bytes, speaker: str = "customer") -> None:
    for number, chunk in enumerate(chunks(ulaw)):
        await socket.send(audio_input(chunk, number + 1, speaker))


def payloads(messages: list[Any]) -> bytes:
    """The audio of all `audio.output` among the messages."""
    outputs = [message for message in messages if message["type"] == "audio.output"]
    return b"".join(base64.b64decode(message["audio"]["payload"]) for message in outputs)


async def test_a_token_that_is_wrong_or_absent_is_403_before_the_upgrade(it: Desk) -> None:
    """In the documented error shape, over plain HTTP."""
    session = await it.create()
    wrong = await refusal(session["stream"]["url"] + "?token=kst_test_guess")
    absent = await refusal(session["stream"]["url"])

    assert (wrong.status_code, absent.status_code) == (403, 403)
    assert b'"code":"invalid_token"' in wrong.body
    assert wrong.headers["x-request-id"].startswith("req_")


async def test_another_session_s_token_does_not_open(it: Desk) -> None:
    """Each token has one session."""
    one, other = await it.create(), await it.create()
    answer = await refusal(f"{one['stream']['url']}?token={other['stream']['token']}")

    assert answer.status_code == 403


async def test_an_unknown_session_is_404_before_the_upgrade(it: Desk) -> None:
    """Nothing to connect to."""
    answer = await refusal(it.sandbox.base_url.replace("http", "ws") + "/sessions/sess_0/connect?token=x")

    assert answer.status_code == 404


async def test_an_ended_session_is_403_before_the_upgrade(it: Desk) -> None:
    """Its token would still be young enough."""
    session = await it.create()
    await it.http.post(f"/sessions/{session['id']}/end")
    answer = await refusal(f"{session['stream']['url']}?token={session['stream']['token']}")

    assert (answer.status_code, b"session_ended" in answer.body) == (403, True)


async def test_an_echo_is_exact(it: Desk) -> None:
    """Every byte value, in order, message by message, recorded on both ways."""
    session = await it.create()
    audio = bytes(range(256)) * 50
    heard = b""
    async with stream(session) as socket:
        await say(socket, audio)
        while len(heard) < len(audio):
            heard += payloads([await receive(socket)])
    journal = it.sandbox.state.sessions[session["id"]].journal

    assert heard == audio
    assert journal.audio("customer") == audio
    assert journal.output() == audio
    assert journal.received[0].sequences == list(range(1, 17))


async def test_bad_messages_do_not_close_the_stream(it: Desk) -> None:
    """Each is answered by a `session.error`, and then a ping by a pong."""
    session = await it.create()
    bad: list[str | bytes] = ["{", "[]", '{"type":"mute"}', b"\x00", audio_input(b"a", sample_rate_hz=16000)]
    async with stream(session) as socket:
        for message in bad:
            await socket.send(message)
        await socket.send('{"type":"ping"}')
        *errors, pong = await receive_until(socket, "pong")

    assert [error["type"] for error in errors] == ["session.error"] * 5
    assert errors[-1]["error"]["code"] == "invalid_audio_format"
    assert pong["session_id"] == session["id"]


async def test_a_message_beyond_a_mebibyte_closes_the_stream(it: Desk) -> None:
    """Close code 1009; the session goes on and can be connected to again."""
    session = await it.create()
    async with stream(session) as socket:
        await socket.send(audio_input(b"\xff" * 1_048_576))
        await socket.wait_closed()
        assert socket.close_code == 1009

    async with stream(session):
        pass


async def test_session_end_ends_the_session(it: Desk) -> None:
    """The reason, a normal close, and REST knows."""
    session = await it.create()
    async with stream(session) as socket:
        await socket.send('{"type":"session.end"}')
        assert await receive(socket) == {
            "type": "session.ended",
            "session_id": session["id"],
            "reason": "explicit_end",
        }
        await socket.wait_closed()
        assert socket.close_code == 1000

    retrieved = (await it.http.get(f"/sessions/{session['id']}")).json()
    assert retrieved["status"] == "ended"


async def test_speakers_on_two_sockets_hear_each_other(it: Desk) -> None:
    """Neither hears himself."""
    session = await it.create()
    async with stream(session) as customer, stream(session) as agent:
        await customer.send(audio_input(b"from the customer"))
        assert payloads([await receive(agent)]) == b"from the customer"
        await agent.send(audio_input(b"from the agent", speaker="agent"))
        assert payloads([await receive(customer)]) == b"from the agent"


async def test_a_sentence_comes_back_in_a_burst() -> None:
    """A caller who is quicker than time hears the parrot at once: transcript first, then the very bytes."""
    async with desk(counterpart="parrot", delivery="burst") as it:
        session = await it.create(source_language="en")
        audio = silence(500) + speech() + silence(1000)
        async with stream(session) as socket:
            await say(socket, audio)
            await socket.send('{"type":"ping"}')
            messages = await receive_until(socket, "pong")
        turns = (await it.http.get(f"/sessions/{session['id']}/transcript")).json()["turns"]

    kinds = [message["type"] for message in messages]
    assert kinds.count("transcript.final") == 1
    assert "transcript.partial" in kinds
    assert payloads(messages) in audio
    assert len(payloads(messages)) >= len(speech())
    final = messages[kinds.index("transcript.final")]
    assert [(turn["text"], turn["language"]) for turn in turns] == [(final["text"], "en")]


async def test_a_sentence_comes_back_at_the_speed_it_is_spoken() -> None:
    """Piece by piece on absolute deadlines: the last one is sent when all before it have been spoken."""
    async with desk(counterpart="parrot", piece_ms=20) as it:
        session = await it.create()
        async with stream(session) as socket:
            await say(socket, speech()[:4800] + silence(1000))
            first = (await receive_until(socket, "audio.output"))[-1]
            messages = [first]
            turn = it.sandbox.state.sessions[session["id"]].journal
            while turn.outputs < 30:
                messages += await receive_until(socket, "audio.output")

    spread_ms = messages[-1]["timestamp_ms"] - first["timestamp_ms"]
    assert {len(base64.b64decode(message["audio"]["payload"])) for message in messages} == {160}
    assert spread_ms >= 20 * (len(messages) - 1) - 2


async def test_stopping_the_sandbox_closes_open_streams() -> None:
    """1012, "service restart": a client knows that it may come back."""
    async with asyncio.timeout(10):
        async with desk() as it:
            session = await it.create()
            socket = await connect(f"{session['stream']['url']}?token={session['stream']['token']}")
        await socket.wait_closed()

    assert socket.close_code == 1012


async def test_a_token_is_good_for_five_minutes_and_only_to_connect() -> None:
    """An open stream outlives it; a fresh one opens the next."""
    exchange = Exchange(SandboxOptions(), clock := FakeClock())
    session = exchange.create(SessionPlan("ai_agent"))
    token = exchange.state.issue_token(session, clock.unix_ms(), live=False)
    target = f"/v1/sessions/{session.id}/connect?token={token.value}"
    clock.advance(299_999)
    assert admit(exchange, target)[0] is session
    clock.advance(1)
    with pytest.raises(Refused) as caught:
        admit(exchange, target)

    assert (caught.value.status, caught.value.code) == (403, "expired_token")


async def test_a_session_may_be_come_back_to_within_five_minutes() -> None:
    """Later its stream stays shut, whatever the token."""
    exchange = Exchange(SandboxOptions(), clock := FakeClock())
    session = exchange.create(SessionPlan("ai_agent"))
    session.opened()
    session.left(clock.unix_ms())
    clock.advance(300_000)
    target = f"/v1/sessions/{session.id}/connect?token="
    token = exchange.state.issue_token(session, clock.unix_ms(), live=False).value
    assert admit(exchange, target + token)[0] is session
    clock.advance(1)
    with pytest.raises(Refused) as caught:
        admit(exchange, target + token)

    assert (caught.value.status, caught.value.code) == (403, "reconnect_window_closed")


async def test_an_upgrade_that_is_none_is_400(it: Desk) -> None:
    """Of another version, say."""
    session = await it.create()
    url = session["stream"]["url"].replace("ws://", "http://") + f"?token={session['stream']['token']}"
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "8"}
    answer = await it.http.get(url, headers=headers)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_request")


async def test_another_path_has_no_stream(it: Desk) -> None:
    """404, in the documented shape."""
    answer = await refusal(it.sandbox.base_url.replace("http", "ws") + "/stream")

    assert (answer.status_code, b"not_found" in answer.body) == (404, True)


async def test_a_connect_can_be_made_to_fail(it: Desk) -> None:
    """In the documented shape, in any other, or only late."""
    session = await it.create()
    url = f"{session['stream']['url']}?token={session['stream']['token']}"
    for fault in ({"code": "expired_token"}, {"html": "<h1>Bad gateway</h1>"}, {"delay_s": 0.05}):
        await it.tool("POST", "/sandbox/faults", json={"on": "connect", **fault})
    expired, proxy = await refusal(url), await refusal(url)
    async with stream(session):
        pass

    assert (expired.status_code, b"expired_token" in expired.body) == (403, True)
    assert (proxy.status_code, proxy.body) == (502, b"<h1>Bad gateway</h1>")


async def test_a_connect_can_fail_with_a_status_that_http_has_no_name_for(it: Desk) -> None:
    """520 is what a proxy in front of Kallglot says; the client is answered rather than left waiting."""
    session = await it.create()
    await it.tool("POST", "/sandbox/faults", json={"on": "connect", "status": 520})
    async with asyncio.timeout(5):
        answer = await refusal(f"{session['stream']['url']}?token={session['stream']['token']}")

    assert (answer.status_code, b"internal_error" in answer.body) == (520, True)


async def test_a_stream_can_be_made_to_break(it: Desk) -> None:
    """Without a word, as long after its opening as was ordered."""
    await it.tool("POST", "/sandbox/faults", json={"on": "stream", "effect": "cut", "after_s": 0.05})
    session = await it.create()
    async with stream(session) as socket:
        await socket.wait_closed()
        assert socket.close_code == 1006

    async with stream(session):
        pass
