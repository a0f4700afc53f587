"""Calls that a person would recognise, over real sockets: webhook, document, media, Kallglot, and back."""

import asyncio
import audioop
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.audio.formats import AudioFormat, Encoding
from gateway.calls import Carrier
from gateway.simulator.call import place_call
from gateway.simulator.fault_specs import parse_fault
from gateway.simulator.report import EndedBy
from gateway.simulator.speech import Decoder, resample, sampled_rate_hz
from tests.e2e.calls import assert_well, is_settled, only_session, verbs
from tests.fakes.sounds import chirps, likeness, wav
from tests.fakes.until import until
from tests.fakes.world import World, open_world

SPEECH = chirps(1.2)
HANG_UP_WHEN_HEARD = {"speech": wav(chirps(1.5)), "hangup_when_heard_s": 1.3, "hangup_after_s": 10.0}
"""All of it, and a little more, has come back: how long that takes is the machine's affair."""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, sandbox={"counterpart": "echo"}) as opened:
        yield opened


def as_linear(payload: bytes, audio: AudioFormat) -> bytes:
    """A carrier's payload as 8 kHz samples, by the simulator's codecs and not by ours."""
    return resample(Decoder(audio).decode(payload), sampled_rate_hz(audio), 8000)


@pytest.mark.parametrize(
    ("carrier", "codec", "rate_hz", "telnyx"),
    [
        pytest.param(Carrier.TWILIO, "PCMU", 8000, {}, id="twilio-pcmu"),
        pytest.param(Carrier.TELNYX, "PCMU", 8000, {}, id="telnyx-pcmu"),
        pytest.param(Carrier.TELNYX, "PCMA", 8000, {"codec": "PCMA", "bidirectional_codec": "PCMA"}, id="telnyx-pcma"),
        pytest.param(Carrier.TELNYX, "PCMA", 8000, {"codec": "default"}, id="telnyx-pcma-in-pcmu-out"),
        pytest.param(Carrier.TELNYX, "G722", 8000, {"codec": "G722", "bidirectional_codec": "G722"}, id="telnyx-g722"),
        pytest.param(Carrier.TELNYX, "L16", 8000, {"codec": "L16", "bidirectional_codec": "L16"}, id="telnyx-l16-8k"),
        pytest.param(
            Carrier.TELNYX,
            "L16",
            16000,
            {"codec": "L16", "bidirectional_codec": "L16", "bidirectional_sampling_rate": 16000},
            id="telnyx-l16-16k",
        ),
    ],
)
async def test_a_caller_is_heard_and_hears(
    tmp_path: Path, carrier: Carrier, codec: str, rate_hz: int, telnyx: dict[str, Any]
) -> None:
    """What the caller says arrives at Kallglot, what Kallglot says arrives at the caller, and the session is ended."""
    async with open_world(tmp_path, sandbox={"counterpart": "echo"}, telnyx=telnyx) as world:
        plan = world.plan(carrier, codec=codec, rate_hz=rate_hz, **HANG_UP_WHEN_HEARD)
        report = await place_call(plan)

        assert_well(report)
        await until(lambda: is_settled(world))
        session = only_session(world)
        at_kallglot = audioop.ulaw2lin(session.journal.audio("customer"), 2)
        assert likeness(SPEECH, at_kallglot) > 0.95
        sent_back = AudioFormat(Encoding(telnyx.get("bidirectional_codec", "PCMU")), rate_hz)
        # Kallglot that is late, on a busy machine, has ended an utterance: there is a mark, and the codec begins anew.
        torn = len(report.marks)
        assert likeness(SPEECH, as_linear(report.received_audio, sent_back), torn) > 0.95
        assert report.sound_ms > 1000


@pytest.mark.parametrize("carrier", Carrier)
async def test_mu_law_passes_bit_by_bit(world: World, carrier: Carrier) -> None:
    """A μ-law caller is heard exactly as they spoke, and hears exactly what was said."""
    report = await place_call(world.plan(carrier, **HANG_UP_WHEN_HEARD))

    assert_well(report)
    await until(lambda: is_settled(world))
    journal = only_session(world).journal
    assert journal.audio("customer") == report.sent_audio
    assert journal.output().startswith(report.received_audio)
    assert report.received_audio.startswith(audioop.lin2ulaw(SPEECH, 2))


async def test_shuffled_frames_arrive_in_order(world: World) -> None:
    """Telnyx may deliver frames in any order; Kallglot hears them in the one they were spoken in."""
    faults = (parse_fault("reorder:window=5"), parse_fault("duplicate:share=0.1"))
    plan = world.plan(Carrier.TELNYX, speech=wav(SPEECH), hangup_after_s=2.0, faults=faults, seed=7)
    report = await place_call(plan)

    assert_well(report)
    await until(lambda: is_settled(world))
    assert only_session(world).journal.audio("customer") == report.sent_audio


async def test_sequence_counts_from_one(world: World) -> None:
    """Kallglot can tell that no chunk is missing."""
    await place_call(world.plan(Carrier.TWILIO, speech=wav(SPEECH), hangup_after_s=1.0))

    (received,) = only_session(world).journal.received
    assert received.sequences == list(range(1, len(received.sequences) + 1))
    steps = {b - a for a, b in zip(received.timestamps_ms, received.timestamps_ms[1:], strict=False)}
    assert steps == {100}


@pytest.mark.parametrize("carrier", Carrier)
async def test_a_caller_whose_socket_drops_comes_back_to_the_same_session(world: World, carrier: Carrier) -> None:
    """A network that cuts the media socket ends neither the call nor the session: the carrier asks and is let in."""
    plan = world.plan(carrier, speech=wav(SPEECH), hangup_after_s=3.0)

    async def cut() -> None:
        await until(lambda: any(relay.counts.frames_in > 40 for relay in world.gateway.switchboard.live()))
        (relay,) = world.gateway.switchboard.live()
        relay.carrier._socket._transport.disconnect(graceful=False)  # type: ignore[attr-defined]  # as a network would

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(cut())
        placed = tasks.create_task(place_call(plan))
    report = placed.result()

    assert report.complaints == []
    assert verbs(report) == ["Connect", "Redirect", "Connect"]
    assert report.ended_by is EndedBy.CALLER
    await until(lambda: is_settled(world))
    session = only_session(world)
    sequences = [number for source in session.journal.received for number in source.sequences]
    assert sequences == list(range(1, len(sequences) + 1))


async def test_the_calls_figures_reach_prometheus(world: World) -> None:
    """An operator sees the call, its frames and its set-up in one scrape, and nothing that names the caller."""
    report = await place_call(world.plan(Carrier.TWILIO, speech=wav(SPEECH), hangup_after_s=1.0))
    await until(lambda: is_settled(world))

    async with httpx.AsyncClient() as client:
        text = (await client.get(f"{world.admin_url}/metrics")).text
    assert 'gateway_calls_total{carrier="twilio",reason="caller_hung_up",result="completed"} 1.0' in text
    assert f'gateway_media_frames_total{{carrier="twilio",direction="in"}} {report.frames_sent}.0' in text
    assert 'gateway_setup_stage_seconds_count{stage="session_ready"} 1.0' in text
    assert "+1415" not in text
