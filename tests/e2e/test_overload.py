"""A gateway that has all the calls it can carry: new callers go elsewhere, those that are up notice nothing."""

import asyncio
import time
from pathlib import Path

import httpx
import pytest

from gateway.calls import Carrier
from gateway.simulator.call import place_call
from gateway.simulator.report import EndedBy
from tests.e2e.calls import is_settled, verbs
from tests.fakes.carriers import arrive, new_call_id, post, voice_form
from tests.fakes.sounds import chirps, wav
from tests.fakes.until import until
from tests.fakes.world import ROUTES, open_world

SPEECH = wav(chirps(0.5))

OVERFLOW = ROUTES.replace('after = "hangup"', 'after = "hangup"\noverflow = "+14155550177"')


@pytest.mark.parametrize("carrier", Carrier)
async def test_callers_of_a_full_gateway_go_to_the_overflow(tmp_path: Path, carrier: Carrier) -> None:
    """Somebody else's telephone rings; the call that is up goes on, and no session is opened for the other."""
    async with (
        open_world(tmp_path, routes=OVERFLOW, admission={"max_calls": 1}) as world,
        httpx.AsyncClient() as client,
        asyncio.TaskGroup() as tasks,
    ):
        first = tasks.create_task(place_call(world.plan(carrier, speech=SPEECH, hangup_after_s=2)))
        await until(lambda: len(world.gateway.switchboard) == 1)
        answer = await post(client, world, carrier, "/voice", voice_form(new_call_id(carrier)))
        assert answer.status_code == 200
        assert "<Dial" in answer.text
        assert "+14155550177" in answer.text
        metrics = (await client.get(f"{world.admin_url}/metrics")).text
        assert "gateway_admission_state 1.0" in metrics
        assert "gateway_capacity_calls 1.0" in metrics
        assert f'gateway_webhooks_total{{carrier="{carrier}",kind="voice",result="overflowed"}} 1.0' in metrics
        assert (await first).ended_by is EndedBy.CALLER
        assert len(world.sandbox.state.sessions) == 1


async def test_a_burst_of_callers_finds_no_more_room_than_there_is(tmp_path: Path) -> None:
    """A call counts from its document on; told of again, it gets that document again, however full the gateway is."""
    async with open_world(tmp_path, admission={"max_calls": 2}) as world, httpx.AsyncClient() as client:
        calls = [new_call_id(Carrier.TWILIO) for _ in range(6)]
        answers = await asyncio.gather(
            *(post(client, world, Carrier.TWILIO, "/voice", voice_form(call)) for call in calls)
        )
        taken = [(call, answer) for call, answer in zip(calls, answers, strict=True) if "<Stream" in answer.text]
        assert len(taken) == 2
        assert len(world.sandbox.state.sessions) == 2
        for call, answer in taken:
            again = await post(client, world, Carrier.TWILIO, "/voice", voice_form(call))
            assert again.text == answer.text


async def test_a_gateway_that_is_late_takes_no_new_calls(tmp_path: Path) -> None:
    """An event loop that is blocked again and again: not ready, the busy tone; callers who come back are let in."""
    async with open_world(tmp_path, admission={"max_lag_ms": 50}) as world, httpx.AsyncClient(timeout=30) as client:
        carrier_call_id, url = await arrive(client, world, Carrier.TWILIO)
        call_id = url.rpartition("/")[2].partition(".")[0]

        async def is_overloaded() -> bool:
            time.sleep(0.15)  # noqa: ASYNC251 - what a bug, or too many calls, would do
            ready = await client.get(f"{world.url}/readyz")
            return ready.status_code == 503 and ready.json()["reasons"] == ["overloaded"]

        await until(is_overloaded, timeout_s=30)
        answer = await post(client, world, Carrier.TWILIO, "/voice", voice_form(new_call_id(Carrier.TWILIO)))
        assert '<Reject reason="busy"' in answer.text
        again = await post(client, world, Carrier.TWILIO, f"/continue/{call_id}", voice_form(carrier_call_id))
        assert "<Stream" in again.text
        metrics = (await client.get(f"{world.admin_url}/metrics")).text
        assert "gateway_admission_state 2.0" in metrics
        assert 'gateway_event_loop_lag_seconds_bucket{le="0.1"}' in metrics
        assert 'gateway_calls_resumed_total{cause="never_connected",result="resumed"} 1.0' in metrics


async def test_a_caller_who_is_sent_on_is_counted_by_why(tmp_path: Path) -> None:
    """An operator sees that callers hear `on_failure`, and whose doing it is."""
    async with open_world(tmp_path) as world, httpx.AsyncClient() as client:
        root = world.sandbox.base_url.removesuffix("/v1")
        await client.post(f"{root}/sandbox/faults", json={"status": 402})
        report = await place_call(world.plan(Carrier.TWILIO, speech=SPEECH))
        assert verbs(report) == ["Say", "Hangup"]
        metrics = (await client.get(f"{world.admin_url}/metrics")).text
        assert 'gateway_fallbacks_total{cause="session_refused"} 1.0' in metrics
        await until(lambda: is_settled(world))
