import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.calls import EndReason
from gateway.cli.app import app
from gateway.clock import SystemClock
from gateway.errors import ConfigError, StoreUnavailableError
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


def test_a_store_that_is_not_there_is_not_made(config: Path) -> None:
    """It may be another folder that the gateway runs in: the question must not leave a file to be puzzled by."""
    told = run(config, "call_1")
    assert told.exit_code == 1
    assert isinstance(told.exception, ConfigError)
    assert (
        f"call_1: no gateway that runs here knows it, and store.url: there is no {config.parent / 'ledger.db'}"
        in (told.exception.problems[0])
    )
    assert [path.name for path in config.parent.iterdir()] == ["gateway.toml"]


def test_a_store_in_memory_is_gone_with_its_gateway(config: Path) -> None:
    config.write_text(config.read_text().replace(str(config.parent / "ledger.db"), ":memory:"))
    assert "store.url is in memory" in str(run(config, "call_1").exception)


def test_a_store_that_several_share_is_asked(config: Path) -> None:
    """Whether it is there, it says itself."""
    config.write_text(f'[admin]\nport = {free_port()}\n[store]\nurl = "redis://127.0.0.1:{free_port()}/0"\n')
    assert isinstance(run(config, "call_1").exception, StoreUnavailableError)


def test_an_unknown_call_is_a_problem(config: Path) -> None:
    asyncio.run(_keep(config.parent, past_call()))
    told = run(config, "call_nobody")
    assert told.exit_code == 1
    assert "call_nobody" in str(told.exception)


def test_an_id_that_is_no_text_is_refused(config: Path) -> None:
    """What a terminal with another encoding makes of one: it was a traceback."""
    told = run(config, "call_\udcff")
    assert told.exit_code == 1
    assert str(told.exception) == "a call's id must be UTF-8 text, not 'call_\\udcff'"
