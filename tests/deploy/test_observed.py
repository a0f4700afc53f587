"""A bad day, seen through a real Prometheus: every expression that is shipped has something to show of it."""

import asyncio
import re
import wave
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from gateway.bridge.relay import Relay
from gateway.calls import Carrier, CarrierCallId, call_id_for
from gateway.simulator.call import place_call
from gateway.simulator.fault_specs import parse_fault
from gateway.simulator.report import EndedBy
from tests.deploy.grafana import expressions
from tests.deploy.prometheus import ROOT, alerts, program, promtool, recordings
from tests.deploy.server import Prometheus, run_prometheus
from tests.fakes.carriers import arrive, dial, new_call_id, post, voice_form
from tests.fakes.sounds import chirps, wav
from tests.fakes.until import until
from tests.fakes.world import ROUTES, World, open_world

SPEECH = ROOT / "gateway" / "demo" / "speech"

ONE_NUMBER = ROUTES.replace('name = "support"', 'name = "support"\nto = "+14155551234"')
"""Whoever dials another one is refused."""

UNSEEN = {
    # The store stays up: tests/e2e/test_store.py has it go away.
    'gateway_media_auth_total{result="store_unavailable"}',
    # There is one process: tests/e2e/test_workers.py kills one of two.
    "gateway_worker_restarts_total",
}
"""What alerts ask for and this day does not bring."""

FAULTS_SEEN = (
    'gateway_one_way_calls_total{direction="out"}',
    'gateway_media_gap_frames_total{carrier="telnyx"}',
    'gateway_media_reordered_frames_total{carrier="telnyx"}',
    'gateway_media_duplicate_frames_total{carrier="telnyx"}',
    'gateway_media_frames_dropped_total{direction="in", reason="not_json"}',
    'gateway_concealed_seconds_total{direction="in"}',
    'gateway_calls_resumed_total{cause="socket_lost", result="resumed"}',
    'gateway_carrier_stream_errors_total{carrier="twilio", code="31920"}',
    'gateway_dtmf_total{carrier="twilio"}',
    'gateway_fallbacks_total{cause="session_refused"}',
    'gateway_kallglot_errors_total{code="insufficient_api_credits"}',
    'gateway_kallglot_stream_reconnects_total{result="done"}',
    'gateway_media_auth_total{carrier="twilio", result="unknown_ticket"}',
    'gateway_webhook_rejects_total{carrier="twilio", reason="mismatch"}',
    'gateway_webhook_rejects_total{carrier="kallglot", reason="unconfigured"}',
    'gateway_webhooks_total{carrier="twilio", kind="voice", result="refused"}',
    'ALERTS{alertname="GatewayKallglotCreditsGone", alertstate="firing"}',
)
"""Each of the day's troubles, under its own label."""


_DAY_S = 90
"""It takes twenty."""


async def test_every_expression_sees_a_bad_day(tmp_path: Path) -> None:
    """No panel is blank and no alert is deaf: all name metrics and labels that the gateway has."""
    async with asyncio.timeout(_DAY_S), _watched(program("prometheus"), tmp_path) as (world, prometheus):
        await _bad_day(world, prometheus)
        await until(lambda: _sees(prometheus, FAULTS_SEEN), timeout_s=15)

        asked = [*expressions(), *((rule["record"], rule["expr"]) for rule in recordings())]
        asked += [(alert["alert"], selector) for alert in alerts() for selector in selectors(alert["expr"])]
        blank = [(where, expr) for where, expr in asked if not await prometheus.values(expr)]
        assert [(where, expr) for where, expr in blank if expr not in UNSEEN] == []
        assert {expr for _, expr in blank} == UNSEEN
        ill = [rule for rule in await prometheus.rules() if rule["health"] != "ok"]
        assert [(rule["name"], rule.get("lastError")) for rule in ill] == []
        async with httpx.AsyncClient() as client:
            promtool("check", "metrics", text=(await client.get(f"{world.admin_url}/metrics")).text)


def selectors(expr: str) -> list[str]:
    """The series that an expression asks for, without windows and offsets."""
    return re.findall(r"\b(?:gateway_\w+|job\w*:[\w:]+|up)(?:\{[^}]*\})?", re.sub(r"#.*", "", expr))


@asynccontextmanager
async def _watched(binary: str, folder: Path) -> AsyncIterator[tuple[World, Prometheus]]:
    """A Kallglot that hums and never answers, a gateway, and Prometheus."""
    async with (
        open_world(folder, routes=ONE_NUMBER, sandbox={"counterpart": "tone"}) as world,
        run_prometheus(binary, folder, [f"127.0.0.1:{world.gateway.admin_port}"]) as prometheus,
    ):
        yield world, prometheus


async def _sees(prometheus: Prometheus, expressions: Sequence[str]) -> bool:
    for expr in expressions:
        if await prometheus.latest(expr) <= 0:
            return False
    return True


async def _bad_day(world: World, prometheus: Prometheus) -> None:
    async with httpx.AsyncClient() as client, asyncio.TaskGroup() as tasks:
        # Speaks, and hears a hum: it takes ten seconds to be sure that nobody is there.
        tasks.create_task(place_call(world.plan(Carrier.TELNYX, speech=_sentences(), hangup_after_s=12.5)))
        await until(lambda: _sees(prometheus, ["up"]))
        tasks.create_task(_mistreated(world))
        tasks.create_task(_interrupted(world, client))
        tasks.create_task(place_call(world.plan(Carrier.TWILIO, to="+14155550000")))
        await until(lambda: len(world.sandbox.state.sessions) == 3)
        await _intruders(world, client)
        # Before what follows: of what has happened only once Prometheus can compute no rate.
        await until(lambda: _sees(prometheus, ['gateway_setup_stage_seconds_count{stage="first_audio_sent"}']))
        await _unconnected(world, client)
        await _without_credits(world, client)


def _sentences() -> bytes:
    """Two sentences as one WAV file."""
    frames = b""
    for path in sorted(SPEECH.glob("*.wav")):
        with wave.open(str(path)) as file:
            frames += file.readframes(file.getnframes())
    return wav(frames)


async def _mistreated(world: World) -> None:
    """A call whose carrier shuffles, doubles, loses and garbles frames."""
    faults = tuple(map(parse_fault, ("reorder", "duplicate", "loss:share=0.1", "malformed")))
    await place_call(world.plan(Carrier.TELNYX, speech=wav(chirps(3)), hangup_after_s=4, faults=faults, seed=3))


async def _interrupted(world: World, client: httpx.AsyncClient) -> None:
    """A call both of whose sockets break, one after the other, and whose caller presses a key."""
    plan = world.plan(Carrier.TWILIO, speech=wav(chirps(4)), hangup_after_s=6, keys=((0.5, "5"),))
    async with asyncio.TaskGroup() as tasks:
        placed = tasks.create_task(place_call(plan))
        await until(lambda: _frames(_twilio_call(world)) > 50)
        call = _twilio_call(world)
        assert call is not None
        assert call.record.session is not None
        # The stream that comes next has a second's audio at once: more than the carrier is sent ahead.
        starve = {"on": "stream", "effect": "starve", "after_s": 0.2, "for_s": 1}
        await client.post(f"{_sandbox(world)}/faults", json=starve)
        await client.post(f"{_sandbox(world)}/sessions/{call.record.session.session_id}/cut")
        await until(lambda: _frames(call) > 150)
        call.carrier._socket._transport.disconnect(graceful=False)  # type: ignore[attr-defined]  # as a network would
    assert placed.result().ended_by is EndedBy.CALLER


def _twilio_call(world: World) -> Relay | None:
    calls = [relay for relay in world.gateway.switchboard.live() if relay.record.carrier is Carrier.TWILIO]
    return calls[0] if calls else None


def _frames(call: Relay | None) -> int:
    return call.counts.frames_in if call is not None else 0


def _sandbox(world: World) -> str:
    return world.sandbox.base_url.removesuffix("/v1") + "/sandbox"


async def _intruders(world: World, client: httpx.AsyncClient) -> None:
    """One who asks without the token, one who tells of an event without the secret, one who knocks without a ticket."""
    headers = {"x-twilio-signature": "bm90IHRoZSB0b2tlbg=="}
    form = voice_form(new_call_id(Carrier.TWILIO))
    assert (await client.post(f"{world.url}/webhooks/twilio/voice", data=form, headers=headers)).status_code == 403
    assert (await client.post(f"{world.url}/webhooks/kallglot", content=b"{}")).status_code == 403
    with pytest.raises(InvalidStatus):
        await dial(f"{world.url.replace('http', 'ws', 1)}/media/twilio/{'A' * 43}")


async def _unconnected(world: World, client: httpx.AsyncClient) -> None:
    """A caller whose media socket the carrier cannot open, and who gives up."""
    carrier_call_id, _ = await arrive(client, world, Carrier.TWILIO)
    call_id = call_id_for(Carrier.TWILIO, CarrierCallId(carrier_call_id))
    failed = {"StreamSid": "MZ1", "StreamEvent": "stream-error", "StreamError": "Stream - Handshake Error (31920)"}
    form = voice_form(carrier_call_id)
    assert (await post(client, world, Carrier.TWILIO, f"/stream/{call_id}", form | failed)).status_code == 204
    await post(client, world, Carrier.TWILIO, "/status", form | {"CallStatus": "completed"})


async def _without_credits(world: World, client: httpx.AsyncClient) -> None:
    """A caller for whom Kallglot wants to be paid."""
    await client.post(f"{_sandbox(world)}/faults", json={"status": 402})
    answer = await post(client, world, Carrier.TWILIO, "/voice", voice_form(new_call_id(Carrier.TWILIO)))
    assert "<Stream" not in answer.text
