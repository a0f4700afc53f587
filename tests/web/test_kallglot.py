"""Kallglot's own webhook over HTTP: who is believed, and what its events do."""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from gateway.calls import Carrier, CarrierCallId, call_id_for
from gateway.web.kallglot import BODY_LIMIT_BYTES
from tests.e2e.calls import only_session
from tests.fakes.carriers import arrive, dial, post, voice_form
from tests.fakes.until import until
from tests.fakes.world import World, open_world

SECRET = "whsec_1"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, kallglot={"webhook_secret": SECRET}) as opened:
        yield opened


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as opened:
        yield opened


def event(session_id: str, event_id: str = "evt_1", kind: str = "session.ended") -> bytes:
    data = {"id": session_id, "object": "session", "status": "ended"}
    return json.dumps({"id": event_id, "type": kind, "api_version": "v1", "data": data}).encode()


def signature(body: bytes, *, secret: str = SECRET, age_s: int = 0) -> dict[str, str]:
    stamp = int(time.time()) - age_s  # noqa: TID251 - Kallglot's own clock
    signed = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Kallglot-Signature": f"t={stamp},v1={signed}"}


def counted(result: str, times: int) -> str:
    return f'gateway_webhooks_total{{carrier="kallglot",kind="event",result="{result}"}} {times}.0'


async def tell(client: httpx.AsyncClient, world: World, body: bytes, headers: dict[str, str]) -> httpx.Response:
    return await client.post(f"{world.url}/webhooks/kallglot", content=body, headers=headers)


async def test_a_session_that_has_ended_ends_its_call(world: World, client: httpx.AsyncClient) -> None:
    """The stream has not said so yet: the caller is sent on all the same, and told twice it is sent on once."""
    carrier_call_id, url = await arrive(client, world, Carrier.TWILIO)
    async with await dial(url):
        await until(lambda: len(world.gateway.switchboard) == 1)
        body = event(only_session(world).id)
        for _ in range(2):
            assert (await tell(client, world, body, signature(body))).status_code == 204
        await until(lambda: len(world.gateway.switchboard) == 0)
    path = f"/continue/{call_id_for(Carrier.TWILIO, CarrierCallId(carrier_call_id))}"
    answer = await post(client, world, Carrier.TWILIO, path, voice_form(carrier_call_id))
    assert "<Hangup" in answer.text
    assert "Please try again" not in answer.text


async def test_a_session_that_ends_before_its_media_comes(world: World, client: httpx.AsyncClient) -> None:
    """The caller is still listening to the greeting: its media socket is not let in any more."""
    _, url = await arrive(client, world, Carrier.TWILIO)
    body = event(only_session(world).id)
    assert (await tell(client, world, body, signature(body))).status_code == 204
    with pytest.raises(Exception, match="403"):
        await dial(url)


@pytest.mark.parametrize("kind", ["session.started", "transcript.ready", "something.new"])
async def test_other_events_are_acknowledged(world: World, client: httpx.AsyncClient, kind: str) -> None:
    await arrive(client, world, Carrier.TWILIO)
    body = event(only_session(world).id, kind=kind)
    assert (await tell(client, world, body, signature(body))).status_code == 204
    assert await world.gateway.ledger.size() == 1


async def test_the_transcript_of_a_long_call_is_acknowledged(world: World, client: httpx.AsyncClient) -> None:
    """An hour's turns, in German and English: refused, the event would come again for two days."""
    turn = {"sequence": 1, "speaker": "customer", "text": "Ich möchte " * 6, "translation": {"text": "I want to " * 6}}
    data = {"id": "trn_1", "object": "transcript", "session_id": "sess_1", "turns": [turn] * 720}
    body = json.dumps({"id": "evt_1", "type": "transcript.ready", "data": data}).encode()
    assert len(body) > 150_000
    assert (await tell(client, world, body, signature(body))).status_code == 204


async def test_an_unknown_session_is_acknowledged(world: World, client: httpx.AsyncClient) -> None:
    """Another system's, perhaps: Kallglot need not repeat it."""
    body = event("sess_nobodys")
    assert (await tell(client, world, body, signature(body))).status_code == 204


async def test_a_forged_event_does_nothing(world: World, client: httpx.AsyncClient) -> None:
    await arrive(client, world, Carrier.TWILIO)
    body = event(only_session(world).id)
    for headers in (signature(body, secret="guess"), signature(body, age_s=301), {}):
        assert (await tell(client, world, body, headers)).status_code == 403
    assert await world.gateway.ledger.size() == 1
    metrics = (await client.get(f"{world.admin_url}/metrics")).text
    for reason in ("mismatch", "stale", "missing"):
        assert f'gateway_webhook_rejects_total{{carrier="kallglot",reason="{reason}"}} 1.0' in metrics
    assert counted("rejected", 3) in metrics


async def test_events_are_counted_beside_the_carriers_webhooks(world: World, client: httpx.AsyncClient) -> None:
    """What is refused is compared with what is taken: an alert is made of both."""
    body = event("sess_nobodys")
    await tell(client, world, body, signature(body))
    await tell(client, world, body, signature(body, secret="guess"))
    metrics = (await client.get(f"{world.admin_url}/metrics")).text
    assert counted("noted", 1) in metrics
    assert counted("rejected", 1) in metrics
    assert 'gateway_webhook_duration_seconds_count{carrier="kallglot",kind="event"} 2.0' in metrics


async def test_without_a_secret_nobody_is_believed(tmp_path: Path, client: httpx.AsyncClient) -> None:
    async with open_world(tmp_path) as world:
        body = event("sess_1")
        assert (await tell(client, world, body, signature(body))).status_code == 403


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        pytest.param(b"not json", 400, "JSON is malformed", id="not-json"),
        pytest.param(b'{"type":"session.ended"}', 400, "missing required field `id`", id="no-id"),
        pytest.param(b"x" * (BODY_LIMIT_BYTES + 1), 413, "more than 1 MiB", id="too-large"),
    ],
)
async def test_a_broken_event_is_refused(
    world: World, client: httpx.AsyncClient, body: bytes, status: int, detail: str
) -> None:
    """The log says what was wrong with it: Kallglot tells it again for two days, and then no more."""
    with capture_logs() as lines:
        assert (await tell(client, world, body, signature(body))).status_code == status
    (line,) = [line for line in lines if line["event"] == "webhook_rejected"]
    assert (line["carrier"], line["status"]) == ("kallglot", status)
    assert detail in line["detail"]


async def test_an_event_that_cannot_be_acted_on_is_told_again(world: World, client: httpx.AsyncClient) -> None:
    """The store is away: 503, so that Kallglot repeats it."""
    await world.gateway.ledger.close()
    body = event("sess_1")
    assert (await tell(client, world, body, signature(body))).status_code == 503
    assert counted("failed", 1) in (await client.get(f"{world.admin_url}/metrics")).text
