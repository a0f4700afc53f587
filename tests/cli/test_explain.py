import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.calls import EndReason
from gateway.cli.app import app
from gateway.clock import SystemClock
from gateway.store.history import PastCall
from gateway.store.sqlite import SqliteLedger
from tests.fakes.valkey import free_port
from tests.store.past_calls import past_call


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of a gateway that does not run."""
    path = tmp_path / "gateway.toml"
    path.write_text(f'[admin]\nport = {free_port()}\n[store]\nurl = "sqlite:///{tmp_path / "ledger.db"}"\n')
    return path


def run(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["explain", *arguments, "--config", str(config)])


async def _keep(folder: Path, call: PastCall) -> None:
    ledger = await SqliteLedger.open(str(folder / "ledger.db"))
    await ledger.keep(call, SystemClock().unix_ms(), 60_000)
    await ledger.close()


def test_a_call_is_explained_from_the_store_while_no_gateway_runs(config: Path) -> None:
    """At two in the morning the gateway may be what is down."""
    asyncio.run(_keep(config.parent, past_call(reason=EndReason.MEDIA_LOST)))
    told = run(config, "call_1")
    assert told.exit_code == 0, told.output
    assert "Likely cause: The carrier's media socket broke" in told.output
    assert "0.300 s  media_started" in told.output
    assert "9.000 s  end media_lost" in told.output
    assert "Kallglot to caller: MOS 4.41" in told.output


def test_scripts_get_json(config: Path) -> None:
    asyncio.run(_keep(config.parent, past_call()))
    told = json.loads(run(config, "call_1", "--json").output)
    assert (told["call_id"], told["end_reason"]) == ("call_1", "caller_hung_up")
    assert told["timeline"][0] == {"at_ms": 0, "event": "webhook", "detail": ""}


def test_an_unknown_call_is_a_problem(config: Path) -> None:
    told = run(config, "call_nobody")
    assert told.exit_code == 1
    assert "call_nobody" in str(told.exception)
