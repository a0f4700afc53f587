"""What callers hear when something is wrong: words, never silence; and no session is left open."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.calls import Carrier
from gateway.simulator.call import place_call
from gateway.simulator.report import EndedBy
from tests.e2e.calls import is_settled, only_session, verbs
from tests.fakes.sounds import chirps, wav
from tests.fakes.until import until
from tests.fakes.world import ROUTES, World, open_world

SPEECH = wav(chirps(0.6))
SORRY = "Please try again later."

DIAL_AFTER = ROUTES.replace('after = "hangup"', 'after = { dial = "+14155559999" }')


async def order_fault(world: World, **fault: Any) -> None:
    """Have the sandbox refuse, hang or lie."""
    root = world.sandbox.base_url.removesuffix("/v1")
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{root}/sandbox/faults", json=fault)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("carrier", Carrier)
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"status": 401}, id="key-refused"),
        pytest.param({"status": 402}, id="credits-gone"),
        pytest.param({"status": 403}, id="organization-inactive"),
        pytest.param({"status": 422}, id="body-refused"),
        pytest.param({"status": 429, "retry_after_s": 30}, id="rate-limited"),
        pytest.param({"times": 20, "status": 503}, id="down"),
        pytest.param({"html": "<h1>Bad gateway</h1>", "times": 20}, id="html"),
        pytest.param({"body": {"hello": "world"}}, id="another-shape"),
    ],
)
async def test_a_session_that_cannot_be_created_is_apologised_for(
    tmp_path: Path, carrier: Carrier, fault: dict[str, Any]
) -> None:
    """The caller hears the route's `on_failure`, with HTTP 200, well before the carrier loses patience."""
    async with open_world(tmp_path) as world:
        await order_fault(world, **fault)
        report = await place_call(world.plan(carrier, speech=SPEECH))

        assert report.webhook_statuses == [200]
        assert report.said == [SORRY]
        assert report.ended_by is EndedBy.HANGUP
        assert report.webhook_ms is not None
        assert report.webhook_ms < 8_000


async def test_no_route_is_refused(tmp_path: Path) -> None:
    """A number that nobody has configured gets the carrier's own tone, and no session."""
    routes = ROUTES.replace('name = "support"', 'name = "support"\nto = "+14155550000"')
    async with open_world(tmp_path, routes=routes) as world:
        report = await place_call(world.plan(Carrier.TWILIO, to="+14155551234"))

        assert report.webhook_statuses == [200]
        assert report.ended_by is EndedBy.REJECT
        assert world.sandbox.state.sessions == {}


async def test_a_full_gateway_says_busy(tmp_path: Path) -> None:
    """The call beyond `admission.max_calls` is turned away; the one that is up goes on."""
    async with open_world(tmp_path, admission={"max_calls": 1}) as world, asyncio.TaskGroup() as tasks:
        first = tasks.create_task(place_call(world.plan(Carrier.TWILIO, speech=SPEECH, hangup_after_s=2)))
        await until(lambda: len(world.gateway.switchboard) == 1)
        second = await place_call(world.plan(Carrier.TWILIO, speech=SPEECH))
        assert second.ended_by is EndedBy.REJECT
        assert (await first).ended_by is EndedBy.CALLER


@pytest.mark.parametrize("carrier", Carrier)
async def test_a_session_that_kallglot_ends_sends_the_caller_on(tmp_path: Path, carrier: Carrier) -> None:
    """`session.ended`: the caller, who is still there, gets the route's `after`."""
    async with open_world(tmp_path, routes=DIAL_AFTER) as world, asyncio.TaskGroup() as tasks:
        placed = tasks.create_task(place_call(world.plan(carrier, speech=SPEECH, hangup_after_s=8)))
        await until(lambda: any(relay.state == "streaming" for relay in world.gateway.switchboard.live()))
        session = only_session(world)
        async with httpx.AsyncClient() as client:
            url = f"{world.sandbox.base_url}/sessions/{session.id}/end"
            await client.post(url, headers={"Authorization": "Bearer sk_test_1"})
        report = await placed

        assert verbs(report)[:3] == ["Connect", "Redirect", "Dial"]
        await until(lambda: is_settled(world))


async def test_a_stream_that_is_cut_is_opened_again(tmp_path: Path) -> None:
    """Kallglot's side breaks; the caller stays on the line and is heard again, in the same session."""
    async with open_world(tmp_path, sandbox={"counterpart": "echo"}) as world, asyncio.TaskGroup() as tasks:
        plan = world.plan(Carrier.TWILIO, speech=wav(chirps(2.0)), hangup_after_s=3)
        placed = tasks.create_task(place_call(plan))
        await until(lambda: any(relay.state == "streaming" for relay in world.gateway.switchboard.live()))
        session = only_session(world)
        await until(lambda: len(session.journal.audio("customer")) > 4_000)
        async with httpx.AsyncClient() as client:
            root = world.sandbox.base_url.removesuffix("/v1")
            assert (await client.post(f"{root}/sandbox/sessions/{session.id}/cut")).json() == {"sockets": 1}
        report = await placed

        assert verbs(report) == ["Connect"]
        assert report.ended_by is EndedBy.CALLER
        sequences = [number for source in session.journal.received for number in source.sequences]
        assert len(session.journal.received) == 2
        assert sequences == sorted(set(sequences))
        await until(lambda: is_settled(world))


async def test_a_kallglot_that_never_answers_the_stream_is_apologised_for(tmp_path: Path) -> None:
    """The session exists, its stream cannot be opened: the caller hears words instead of silence."""
    sandbox = {"public_url": "http://127.0.0.1:9"}
    settings = {"ready_timeout_s": 0.5}
    async with open_world(tmp_path, sandbox=sandbox, kallglot=settings) as world:
        report = await place_call(world.plan(Carrier.TELNYX, speech=SPEECH, hangup_after_s=8))

        assert verbs(report) == ["Connect", "Redirect", "Say", "Hangup"]
        assert report.said == [SORRY]
        await until(lambda: is_settled(world))


async def test_a_caller_who_never_brings_media_leaves_no_session(tmp_path: Path) -> None:
    """A hang-up between the document and the media socket: the status callback ends the session at once."""
    async with open_world(tmp_path) as world:
        plan = world.plan(Carrier.TWILIO, speech=SPEECH, hangup_after_s=0.0)
        await place_call(plan)
        await until(lambda: is_settled(world))


async def test_a_forged_webhook_creates_nothing(tmp_path: Path) -> None:
    """A wrong token, a wrong key, no signature at all: 403, a count, no session."""
    async with open_world(tmp_path) as world:
        for carrier, wrong in (
            (Carrier.TWILIO, {"auth_token": "forged"}),
            (Carrier.TWILIO, {"auth_token": None}),
            (Carrier.TELNYX, {"signing_seed": None}),
        ):
            plan = world.plan(carrier, speech=SPEECH)
            forged = type(plan)(gateway_url=plan.gateway_url, carrier=carrier, **wrong)
            report = await place_call(forged)
            assert report.webhook_statuses[0] == 403
        assert world.sandbox.state.sessions == {}
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"{world.admin_url}/metrics")).text
        assert 'gateway_webhook_rejects_total{carrier="twilio",reason="mismatch"}' in text
        assert 'gateway_webhook_rejects_total{carrier="telnyx",reason="missing"}' in text
