"""What operators see of a call, while it is on and when it is over."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from gateway.bridge.transcripts import TranscriptLine
from gateway.calls import Carrier
from gateway.cli.app import app
from gateway.simulator.call import place_call
from tests.e2e.calls import is_settled
from tests.fakes.sounds import chirps, wav
from tests.fakes.until import until
from tests.fakes.world import World, open_world

SPEECH = wav(chirps(1.2))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, sandbox={"counterpart": "echo"}) as opened:
        yield opened


async def _metrics(client: httpx.AsyncClient, world: World) -> dict[str, float]:
    """Every sample, those of one name added up."""
    text = (await client.get(f"{world.admin_url}/metrics")).text
    values: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            values[sample.name] = values.get(sample.name, 0) + sample.value
    return values


async def test_a_call_is_seen_while_it_is_on_and_explained_when_it_is_over(world: World, tmp_path: Path) -> None:
    """Its levels and score, what was said on it, each step of it, and a word on how it went."""
    lines: list[TranscriptLine] = []
    leave = world.gateway.switchboard.transcripts.subscribe(lines.append)
    seen = asyncio.Event()
    plan = world.plan(Carrier.TELNYX, speech=SPEECH, hangup_on_silence_s=None, hangs_up_now=seen.is_set)
    async with httpx.AsyncClient(trust_env=False) as client, asyncio.TaskGroup() as tasks:
        calling = tasks.create_task(place_call(plan))
        live: dict[str, Any] = {}

        async def is_heard() -> bool:
            listed = (await client.get(f"{world.admin_url}/calls")).json()["calls"]
            return any(call["heard"]["mos"] and call["heard"]["level_dbov"] for call in listed)

        async def is_followed() -> bool:
            live.update((await client.get(f"{world.admin_url}/calls/{snapshot.call_id}")).json())
            return len(live["each_second"]) >= 2

        await until(is_heard)
        (snapshot,) = world.gateway.switchboard.snapshots()
        await until(is_followed)
        listed = await asyncio.to_thread(_command, world, tmp_path, "calls")
        seen.set()
        await calling
        await until(lambda: is_settled(world))
        over: dict[str, Any] = {}

        async def is_over() -> bool:
            over.update((await client.get(f"{world.admin_url}/calls/{snapshot.call_id}")).json())
            return bool(over["state"] == "over")

        await until(is_over)
        explained = json.loads(
            await asyncio.to_thread(_command, world, tmp_path, "explain", snapshot.call_id, "--json")
        )
        values = await _metrics(client, world)
    leave()

    # An echo has no lead: where a busy machine is late with it the carrier runs dry, and that is told.
    is_torn = "ran out of Kallglot's audio" in live["cause"]
    assert is_torn or live["cause"] == "The call goes on, and nothing is wrong with it."
    assert snapshot.call_id in listed
    assert explained == over
    assert over["end_reason"] == "caller_hung_up"
    happened = [moment["event"] for moment in over["timeline"]]
    for event in ("webhook", "session_created", "media_open", "media_started", "stream_open", "ready", "end"):
        assert event in happened
    assert {"first_audio_in", "first_audio_out"} <= set(happened)
    assert over["heard"]["mos"] > 4
    assert len(over["each_second"]) >= 2
    for name in (
        "call_mos_count",
        "relay_latency_seconds_count",
        "playout_queue_seconds_count",
        "session_seconds_total",
    ):
        assert values[f"gateway_{name}"] > 0, name
    assert values["gateway_media_interarrival_jitter_seconds_count"] >= 2
    finals = sum(line.is_final for line in lines)
    assert values["gateway_transcript_turns_total"] == finals


def _command(world: World, folder: Path, *arguments: str) -> str:
    config = folder / "gateway.toml"
    config.write_text(f'[admin]\nport = {world.gateway.admin_port}\n[store]\nurl = "sqlite:///{folder / "other.db"}"\n')
    done = CliRunner().invoke(app, [*arguments, "--config", str(config)])
    assert done.exit_code == 0, done.output
    return done.output
