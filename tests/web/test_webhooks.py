"""The carriers' webhooks over HTTP: what is answered, what is refused, what is created."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from gateway.calls import Carrier, CarrierCallId, call_id_for
from tests.fakes.carriers import arrive, dial, media_url, new_call_id, post, signed_headers, voice_form
from tests.fakes.until import until
from tests.fakes.world import World, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, sandbox={"counterpart": "mute"}) as opened:
        yield opened


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=50)
    async with httpx.AsyncClient(limits=limits, timeout=30) as opened:
        yield opened


async def metrics(world: World, client: httpx.AsyncClient) -> str:
    return (await client.get(f"{world.admin_url}/metrics")).text


@pytest.mark.parametrize("carrier", Carrier)
async def test_200_deliveries_of_one_webhook_open_one_session(
    world: World, client: httpx.AsyncClient, carrier: Carrier
) -> None:
    """A carrier that repeats itself, at once and later, gets the same document and costs one session."""
    form = voice_form(new_call_id(carrier))
    async with asyncio.TaskGroup() as tasks:
        sent = [tasks.create_task(post(client, world, carrier, "/voice", form)) for _ in range(150)]
    answers = [task.result() for task in sent]
    answers += [await post(client, world, carrier, "/voice", form) for _ in range(50)]

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert len(world.sandbox.state.sessions) == 1


async def test_a_repeated_webhook_gets_a_fresh_ticket_once_the_first_is_used(
    world: World, client: httpx.AsyncClient
) -> None:
    """The carrier starts its document anew: it is let in again, to the same session."""
    call_id, url = await arrive(client, world, Carrier.TWILIO)
    async with await dial(url):
        answer = await post(client, world, Carrier.TWILIO, "/voice", voice_form(call_id))
        again = media_url(answer.text)
        assert again != url
        async with await dial(again):
            await until(lambda: len(world.gateway.switchboard) == 1)
    assert len(world.sandbox.state.sessions) == 1


@pytest.mark.parametrize("carrier", Carrier)
async def test_a_caller_who_comes_back_too_often_is_apologised_to(
    world: World, client: httpx.AsyncClient, carrier: Carrier
) -> None:
    """Five resumes in a minute are one too many faults: words, and the session is ended."""
    carrier_call_id, _ = await arrive(client, world, carrier)
    path = f"/continue/{call_id_for(carrier, CarrierCallId(carrier_call_id))}"
    answers = [await post(client, world, carrier, path, voice_form(carrier_call_id)) for _ in range(6)]

    assert ["<Stream" in answer.text for answer in answers] == [True] * 5 + [False]
    assert "Please try again later." in answers[-1].text
    assert len({media_url(answer.text) for answer in answers[:5]}) == 5
    await until(lambda: all(session.status == "ended" for session in world.sandbox.state.sessions.values()))


async def test_a_resumed_document_has_no_greeting(tmp_path: Path, client: httpx.AsyncClient) -> None:
    routes = '[[route]]\nname = "a"\nmode = "ai_agent"\ngreeting = { say = "Willkommen.", language = "de-DE" }\n'
    async with open_world(tmp_path, routes=routes) as world:
        carrier_call_id = new_call_id(Carrier.TWILIO)
        form = voice_form(carrier_call_id)
        first = await post(client, world, Carrier.TWILIO, "/voice", form)
        call_id = call_id_for(Carrier.TWILIO, CarrierCallId(carrier_call_id))
        second = await post(client, world, Carrier.TWILIO, f"/continue/{call_id}", form)
    assert "Willkommen." in first.text
    assert "Willkommen." not in second.text


async def test_continuing_an_unknown_call_hangs_up(world: World, client: httpx.AsyncClient) -> None:
    """Nothing is known of it any more: the route's `after`, and no new session."""
    carrier_call_id = new_call_id(Carrier.TWILIO)
    call_id = call_id_for(Carrier.TWILIO, CarrierCallId(carrier_call_id))
    answer = await post(client, world, Carrier.TWILIO, f"/continue/{call_id}", voice_form(carrier_call_id))
    assert "<Hangup" in answer.text
    assert world.sandbox.state.sessions == {}


@pytest.mark.parametrize("carrier", Carrier)
@pytest.mark.parametrize("to", [{}, {"To": ""}, {"To": "x" * 300}], ids=["absent", "blank", "none that could be"])
async def test_a_call_to_no_number_is_taken_by_a_route_for_any(
    world: World, client: httpx.AsyncClient, carrier: Carrier, to: dict[str, str]
) -> None:
    """A browser's: an error would be read to its caller by the carrier."""
    form = {"CallSid": new_call_id(carrier), "AccountSid": "AC0", "From": "client:alice", **to}
    answer = await post(client, world, carrier, "/voice", form)
    assert "<Stream" in answer.text
    assert len(world.sandbox.state.sessions) == 1
    call_id = call_id_for(carrier, CarrierCallId(form["CallSid"]))
    assert "<Stream" in (await post(client, world, carrier, f"/continue/{call_id}", form)).text


@pytest.mark.parametrize("carrier", Carrier)
async def test_a_call_to_no_number_is_refused_politely(
    tmp_path: Path, client: httpx.AsyncClient, carrier: Carrier
) -> None:
    """No route is for it, and a refusal without a word is none."""
    routes = '[[route]]\nname = "a"\nto_prefix = "+1"\nmode = "ai_agent"\n'
    async with open_world(tmp_path, routes=routes, refusal={"say": " "}) as world:
        form = voice_form(new_call_id(carrier)) | {"To": ""}
        answer = await post(client, world, carrier, "/voice", form)
    assert answer.status_code == 200
    assert "<Reject" in answer.text


@pytest.mark.parametrize("carrier", Carrier)
@pytest.mark.parametrize("caller", ["anonymous", "client:alice"])
async def test_a_caller_without_a_number_is_sent_on_with_the_called_one(
    tmp_path: Path, client: httpx.AsyncClient, carrier: Carrier, caller: str
) -> None:
    """Without any number the carrier would connect nobody."""
    routes = '[[route]]\nname = "a"\nmode = "ai_agent"\nafter = { dial = "+14155550100" }\n'
    async with open_world(tmp_path, routes=routes) as world:
        form = voice_form(new_call_id(carrier)) | {"From": caller}
        call_id = call_id_for(carrier, CarrierCallId(form["CallSid"]))
        answer = await post(client, world, carrier, f"/continue/{call_id}", form)
    assert '<Dial callerId="+14155551234">+14155550100</Dial>' in answer.text


async def test_the_fallback_takes_a_call_nobody_has_heard_of(world: World, client: httpx.AsyncClient) -> None:
    """The first webhook never arrived: the fallback is as good."""
    answer = await post(client, world, Carrier.TWILIO, "/fallback", voice_form(new_call_id(Carrier.TWILIO)))
    assert "<Stream" in answer.text


@pytest.mark.parametrize("carrier", Carrier)
async def test_the_fallback_takes_a_caller_back(world: World, client: httpx.AsyncClient, carrier: Carrier) -> None:
    """The replica that was asked what comes next died over it: the fallback's answers, as that one would have."""
    carrier_call_id, url = await arrive(client, world, carrier)
    socket = await dial(url)
    socket.transport.abort()
    code = {"ErrorCode": "11205", "ErrorUrl": "https://x"} if carrier is Carrier.TWILIO else {}
    answer = await post(client, world, carrier, "/fallback", voice_form(carrier_call_id) | code)
    assert "<Stream" in answer.text
    assert url.rpartition("/")[2] not in answer.text, "a new ticket"
    assert len(world.sandbox.state.sessions) == 1


async def test_the_fallback_of_a_call_that_is_over_says_what_comes_after(
    world: World, client: httpx.AsyncClient
) -> None:
    carrier_call_id, url = await arrive(client, world, Carrier.TWILIO)
    async with await dial(url):
        [session_id] = world.sandbox.state.sessions
        ended = f"{world.sandbox.base_url}/sessions/{session_id}/end"
        await client.post(ended, headers={"Authorization": "Bearer sk_test_1"})
        await until(lambda: not list(world.gateway.switchboard.live()))
    answer = await post(client, world, Carrier.TWILIO, "/fallback", voice_form(carrier_call_id, ErrorCode="11200"))
    assert "<Stream" not in answer.text


async def test_the_fallback_for_a_document_that_was_none_is_words(world: World, client: httpx.AsyncClient) -> None:
    """The carrier could not follow our document: the caller is told, and the session ended."""
    carrier_call_id, _ = await arrive(client, world, Carrier.TWILIO)
    form = voice_form(carrier_call_id, ErrorCode="12100", ErrorUrl="https://x")
    answer = await post(client, world, Carrier.TWILIO, "/fallback", form)
    assert "Please try again later." in answer.text
    await until(lambda: all(session.status == "ended" for session in world.sandbox.state.sessions.values()))


@pytest.mark.parametrize("door", ["/status", "/voice"])
@pytest.mark.parametrize("carrier", Carrier)
async def test_a_call_that_is_over_is_ended_at_once(
    world: World, client: httpx.AsyncClient, carrier: Carrier, door: str
) -> None:
    """The status callback says `completed` while the media socket is open; also where it leads to the wrong place."""
    carrier_call_id, url = await arrive(client, world, carrier)
    async with await dial(url):
        form = voice_form(carrier_call_id) | {"CallStatus": "completed"}
        answer = await post(client, world, carrier, door, form)
        assert answer.status_code == 204
        await until(lambda: all(session.status == "ended" for session in world.sandbox.state.sessions.values()))

    async def is_empty() -> bool:
        return await world.gateway.ledger.size() == 0

    await until(is_empty)


@pytest.mark.parametrize("carrier", Carrier)
async def test_nobody_is_received_who_has_gone(world: World, client: httpx.AsyncClient, carrier: Carrier) -> None:
    """A number's status callback leads to the voice webhook, too: each call would cost a second session."""
    answer = await post(client, world, carrier, "/voice", voice_form("CAgone") | {"CallStatus": "completed"})

    assert answer.status_code == 204
    assert not world.sandbox.state.sessions
    assert await world.gateway.ledger.size() == 0


async def test_a_status_that_ends_nothing_is_noted(world: World, client: httpx.AsyncClient) -> None:
    carrier_call_id, _ = await arrive(client, world, Carrier.TWILIO)
    form = voice_form(carrier_call_id) | {"CallStatus": "in-progress"}
    assert (await post(client, world, Carrier.TWILIO, "/status", form)).status_code == 204
    assert await world.gateway.ledger.size() == 1


async def test_a_failed_stream_is_counted_by_its_code(world: World, client: httpx.AsyncClient) -> None:
    carrier_call_id, _ = await arrive(client, world, Carrier.TWILIO)
    call_id = call_id_for(Carrier.TWILIO, CarrierCallId(carrier_call_id))
    form = {
        "AccountSid": "AC0",
        "CallSid": carrier_call_id,
        "StreamSid": "MZ1",
        "StreamEvent": "stream-error",
        "StreamError": "Stream - Connection Broken Pipe (31903)",
    }
    assert (await post(client, world, Carrier.TWILIO, f"/stream/{call_id}", form)).status_code == 204
    assert 'gateway_carrier_stream_errors_total{carrier="twilio",code="31903"} 1.0' in await metrics(world, client)


@pytest.mark.parametrize("carrier", Carrier)
async def test_a_callback_that_comes_late_is_seen(world: World, client: httpx.AsyncClient, carrier: Carrier) -> None:
    """By what it says of when it was sent; one that does not say is not guessed at."""
    carrier_call_id, _ = await arrive(client, world, carrier)
    form = voice_form(carrier_call_id) | {"CallStatus": "in-progress"}
    await post(client, world, carrier, "/status", form)
    seen = f'gateway_callback_delay_seconds_%s{{carrier="{carrier}",kind="status"%s}} %s'
    assert seen % ("count", "", "0.0") in await metrics(world, client)
    late = datetime.now(UTC) - timedelta(seconds=40)
    await post(client, world, carrier, "/status", form | {"Timestamp": format_datetime(late)})
    assert seen % ("bucket", ',le="30.0"', "0.0") in await metrics(world, client)
    assert seen % ("bucket", ',le="60.0"', "1.0") in await metrics(world, client)


async def test_a_path_and_a_body_that_disagree_are_refused(world: World, client: httpx.AsyncClient) -> None:
    """Telnyx signs the body and not the path: one call's webhook must not move another call."""
    carrier_call_id, _ = await arrive(client, world, Carrier.TELNYX)
    answer = await post(client, world, Carrier.TELNYX, "/continue/call_other", voice_form(carrier_call_id))
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "CallSid"


@pytest.mark.parametrize("carrier", Carrier)
async def test_a_truncated_body_is_refused(world: World, client: httpx.AsyncClient, carrier: Carrier) -> None:
    """Signed, and yet without the call's id: 400 in Kallglot's error shape, and a count."""
    answer = await post(client, world, carrier, "/voice", {"From": "+14155550100"})
    assert answer.status_code == 400
    assert set(answer.json()["error"]) == {"code", "message", "type", "param"}
    assert f'gateway_webhook_rejects_total{{carrier="{carrier}",reason="body"}} 1.0' in await metrics(world, client)
    assert world.sandbox.state.sessions == {}


async def test_a_replayed_webhook_is_refused(world: World, client: httpx.AsyncClient) -> None:
    """Telnyx' signature, five minutes and a second old."""
    url = f"{world.url}/webhooks/telnyx/voice"
    form = voice_form(new_call_id(Carrier.TELNYX))
    headers = signed_headers(Carrier.TELNYX, url, form)
    headers["telnyx-timestamp"] = str(int(headers["telnyx-timestamp"]) - 301)
    answer = await client.post(url, content=urlencode(form).encode(), headers=headers)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "invalid_signature"


async def test_more_than_64_kib_is_too_large(world: World, client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{world.url}/webhooks/twilio/voice", content=b"x" * 70_000)
    assert answer.status_code == 413
    assert 'reason="too_large"' in await metrics(world, client)


async def test_a_get_is_as_good_as_a_post(world: World, client: httpx.AsyncClient) -> None:
    """Twilio's numbers can be set to GET: the signature then covers the query."""
    query = urlencode(voice_form(new_call_id(Carrier.TWILIO)))
    url = f"{world.url}/webhooks/twilio/voice?{query}"
    answer = await client.get(url, headers=signed_headers(Carrier.TWILIO, url, {}))
    assert "<Stream" in answer.text


async def test_an_error_says_nothing_of_the_caller(world: World, client: httpx.AsyncClient) -> None:
    answer = await post(client, world, Carrier.TWILIO, "/voice", {"From": "+14155550100", "To": "+14155551234"})
    assert answer.status_code == 400
    assert "4155550100" not in answer.text
