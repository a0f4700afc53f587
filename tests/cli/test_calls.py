import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from gateway.bridge.snapshot import CallSnapshot
from gateway.calls import CallId, Carrier, CarrierCallId
from gateway.cli.app import app
from gateway.telemetry.detectors import Flag, Occurrence
from tests.fakes.valkey import free_port

CALL_ID = CallId("call_hqtjakfwmsxdwy7yfvyesbo2k4")


def live_call(route: str) -> CallSnapshot:
    return CallSnapshot(
        call_id=CALL_ID,
        carrier=Carrier.TELNYX,
        carrier_call_id=CarrierCallId("v3:x"),
        session_id=None,
        route=route,
        state="waiting_for_start",
        began_ms=0,
        seconds=7.4,
        resumed=0,
        end_reason=None,
        frames_in=0,
        frames_out=0,
        chunks_out=0,
        gap_frames=0,
        heard_ms=0,
        heard=None,
        said=None,
        flags=[Occurrence(Flag.DEAD_AIR, None, 0)],
        setup_ms={},
    )


def test_without_a_gateway_that_is_said(tmp_path: Path) -> None:
    """By the settings' names."""
    config = tmp_path / "gateway.toml"
    config.write_text(f"[admin]\nport = {free_port()}\n")
    told = CliRunner().invoke(app, ["calls", "--config", str(config)])
    assert told.exit_code == 1
    assert "admin.port" in str(told.exception)


@contextmanager
def gateway_saying(answer: object) -> Iterator[int]:
    """The port of one whose admin listener has this answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(msgspec.json.encode(answer))

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("route", ["support-de", "support [de] for everybody who calls at night", "a[/b]"])
def test_each_call_is_one_whole_line_where_there_is_no_terminal(tmp_path: Path, route: str) -> None:
    """To be searched by route: nothing of it is cut off, or taken for rich's markup."""
    config = tmp_path / "gateway.toml"
    with gateway_saying({"calls": [live_call(route)]}) as port:
        config.write_text(f"[admin]\nport = {port}\n")
        told = CliRunner().invoke(app, ["calls", "--config", str(config)])
    assert told.exit_code == 0, told.exception
    [_, line, count] = told.output.splitlines()
    assert line.split("  ", 2)[0].strip() == CALL_ID
    assert f" telnyx   {route} " in line
    assert "waiting_for_start" in line
    assert line.rstrip().endswith("dead_air")
    assert count == "1 calls"


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["table", "JSON"])
def test_what_another_service_says_is_not_listed(tmp_path: Path, options: list[str]) -> None:
    """A script that reads the JSON would take it for the gateway's."""
    config = tmp_path / "gateway.toml"
    with gateway_saying(["up"]) as port:
        config.write_text(f"[admin]\nport = {port}\n")
        told = CliRunner().invoke(app, ["calls", "--config", str(config), *options])
    assert told.exit_code == 1
    assert "is no gateway of this version" in str(told.exception)


def test_scripts_are_given_what_the_gateway_said(tmp_path: Path) -> None:
    """Every field of it."""
    config = tmp_path / "gateway.toml"
    with gateway_saying({"calls": [live_call("support-de")]}) as port:
        config.write_text(f"[admin]\nport = {port}\n")
        told = CliRunner().invoke(app, ["calls", "--config", str(config), "--json"])
    assert msgspec.json.decode(told.output, type=dict[str, list[CallSnapshot]]) == {"calls": [live_call("support-de")]}
