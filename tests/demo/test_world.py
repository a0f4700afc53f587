from pathlib import Path

import httpx
import pytest

from gateway.calls import Carrier
from gateway.demo.calls import DemoCall
from gateway.demo.outcomes import conclude
from gateway.demo.sentences import MADE_AMIABLE
from gateway.demo.world import open_world
from gateway.errors import ConfigError
from gateway.simulator.report import CallReport, EndedBy


async def test_a_world_is_ready_and_has_secrets_of_its_own(tmp_path: Path) -> None:
    """Two at once do not get in each other's way."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    async with (
        open_world(tmp_path / "one", "parrot") as one,
        open_world(tmp_path / "two", "mute") as two,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        assert (await http.get(f"{one.url}/readyz")).status_code == 200
        assert "gateway_build_info" in (await http.get(two.metrics_url)).text
        assert one.url != two.url
        assert one.auth_token != two.auth_token
        assert one.signing_seed != two.signing_seed


async def test_a_call_that_never_was_has_an_outcome_too(tmp_path: Path) -> None:
    """It is the one that somebody wants to read about."""
    async with open_world(tmp_path, "mute") as world:
        call = DemoCall(world, Carrier.TWILIO, "PCMU", MADE_AMIABLE)
        assert call.glimpse().state == "calling"
        report = CallReport(Carrier.TWILIO, "CA1", "PCMU", EndedBy.WEBHOOK_FAILED, webhook_statuses=[403])

        outcome = conclude(call, report, {}, tmp_path)

    assert "HTTP 403" in outcome.trouble
    assert (outcome.uplink, outcome.heard_s, outcome.session_ended) == (None, 0, False)
    assert outcome.caller_wav.exists()


async def test_a_recording_for_which_there_is_no_room_is_named(tmp_path: Path) -> None:
    """A disk that fills up during the demo was a traceback."""
    full = tmp_path / "twilio-caller-heard.wav"
    full.symlink_to("/dev/full")
    async with open_world(tmp_path, "mute") as world:
        call = DemoCall(world, Carrier.TWILIO, "PCMU", MADE_AMIABLE)
    with pytest.raises(ConfigError) as caught:
        conclude(call, CallReport(Carrier.TWILIO, "CA1", "PCMU"), {}, tmp_path)

    assert str(caught.value) == f"--out: {full} cannot be written: No space left on device"
