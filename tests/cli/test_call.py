import asyncio
import json
import signal
import wave
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.app import app
from gateway.simulator.speech import wav
from tests.cli.processes import COMMAND, run_unread, surroundings
from tests.fakes.until import until
from tests.fakes.world import AUTH_TOKEN, SIGNING_SEED, open_world

NOBODY = "http://127.0.0.1:1"


async def call(*arguments: str, **environ: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr: a process of its own, as the gateway runs in this one."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        "call",
        *arguments,
        env=surroundings(**environ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_a_call_is_placed_and_reported_on(tmp_path: Path) -> None:
    """Signed with the settings' own token, with a sentence to say; what was heard is kept."""
    token = {"GATEWAY_TWILIO__AUTH_TOKENS": json.dumps([AUTH_TOKEN, "other"])}
    async with open_world(tmp_path, sandbox={"counterpart": "echo"}) as world:
        code, out, err = await call(
            world.url, "--carrier", "twilio", "--hangup-after", "1", "--record", str(tmp_path / "heard.wav"), **token
        )

    assert code == 0, err
    assert "ended by caller" in out
    assert "media connected" in err
    with wave.open(str(tmp_path / "heard.wav")) as heard:
        assert (heard.getframerate(), heard.getsampwidth(), heard.getnchannels()) == (8000, 2, 1)
        assert any(heard.readframes(heard.getnframes()))


async def test_scripts_get_json(tmp_path: Path) -> None:
    """And no sound in it; Telnyx signs with the environment's key, which is nobody's setting."""
    async with open_world(tmp_path, sandbox={"counterpart": "echo"}) as world:
        code, out, err = await call(
            world.url,
            *("--carrier", "telnyx", "--codec", "PCMA", "--hangup-after", "0.5", "--method", "POST", "--json"),
            GATEWAY_CALL_SIGNING_KEY=SIGNING_SEED,
        )

    assert code == 0, err
    report = json.loads(out)
    assert (report["carrier"], report["codec"], report["ended_by"], report["trouble"]) == (
        "telnyx",
        "PCMA",
        "caller",
        "",
    )
    assert report["frames_sent"] > 20
    assert "heard" not in report


async def test_ctrl_c_hangs_up(tmp_path: Path) -> None:
    """What was heard until then is reported and kept: an agent may talk for ever."""
    heard = tmp_path / "heard.wav"
    async with open_world(tmp_path, sandbox={"counterpart": "echo"}) as world:
        process = await asyncio.create_subprocess_exec(
            *(*COMMAND, "call", world.url, "--carrier", "twilio", "--auth-token", AUTH_TOKEN),
            *("--hangup-after", "600", "--record", str(heard)),
            env=surroundings(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        live = world.gateway.switchboard.live
        await until(lambda: [relay.counts.frames_out > 0 for relay in live()] == [True], timeout_s=30)
        process.send_signal(signal.SIGINT)
        out, err = await process.communicate()
    assert process.returncode == 0, err
    assert b"ended by caller" in out
    assert heard.stat().st_size > 44


async def test_a_caller_who_was_told_when_to_hang_up_bears_the_silence(tmp_path: Path) -> None:
    """Nobody answers and there is little to say: six seconds are six, not the five of a caller who was told nothing."""
    silence = tmp_path / "silence.wav"
    silence.write_bytes(wav(bytes(1600), 8000))
    async with open_world(tmp_path, sandbox={"counterpart": "mute"}) as world:
        code, out, err = await call(
            *(world.url, "--carrier", "twilio", "--auth-token", AUTH_TOKEN, "--wav", str(silence)),
            *("--hangup-after", "6", "--json"),
        )
    assert code == 0, err
    assert json.loads(out)["duration_ms"] >= 6000


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        pytest.param(
            ["--carrier", "twilio", "--auth-token", "wrong"],
            "No call: the gateway refused the webhook: HTTP 403",
            id="wrong token",
        ),
        pytest.param(["--carrier", "telnyx"], "The webhook is sent unsigned: no --signing-key", id="unsigned"),
    ],
)
async def test_a_refused_call_says_why(tmp_path: Path, arguments: list[str], reason: str) -> None:
    """With exit code 1."""
    async with open_world(tmp_path) as world:
        code, out, err = await call(world.url, *arguments)

    assert code == 1
    assert reason in err
    assert "media connected: never" in out


def test_a_gateway_that_is_not_there_is_said_to_be_so() -> None:
    """In words."""
    result = CliRunner().invoke(app, ["call", NOBODY, "--carrier", "twilio", "--auth-token", "a"])

    assert result.exit_code == 1
    assert result.stderr.endswith("No call: the gateway did not answer the webhook.\n")


def test_what_cannot_be_placed_is_refused() -> None:
    """Before anything is sent."""
    result = CliRunner().invoke(app, ["call", NOBODY, "--carrier", "twilio", "--auth-token", "a", "--codec", "PCMA"])

    assert str(result.exception) == "codec must be PCMU with twilio, not 'PCMA'"


def test_a_fault_that_there_is_not_is_refused() -> None:
    """With those that there are; `--help` says what can be set about each."""
    result = CliRunner().invoke(app, ["call", NOBODY, "--carrier", "twilio", "--auth-token", "a", "--fault", "storm"])

    assert "fault must be one of burst, jitter" in str(result.exception)


def test_a_recording_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """Before the call, not after it."""
    record = tmp_path / "missing" / "heard.wav"
    result = CliRunner().invoke(
        app, ["call", NOBODY, "--carrier", "twilio", "--auth-token", "a", "--record", str(record)]
    )

    assert str(result.exception) == f"--record: {record} cannot be written: No such file or directory"


def test_a_recording_for_which_there_is_no_room_costs_nothing_else() -> None:
    """The report of the call is there, and the file is named: it was a traceback, and no report."""
    result = CliRunner().invoke(
        app, ["call", NOBODY, "--carrier", "twilio", "--auth-token", "a", "--record", "/dev/full"]
    )

    assert "ended by webhook_failed" in result.stdout
    assert result.stderr.endswith("No call: the gateway did not answer the webhook.\n")
    assert str(result.exception) == "--record: /dev/full cannot be written: No space left on device"


async def test_a_recording_is_kept_where_nobody_reads_the_report(tmp_path: Path) -> None:
    """As with `| head -1`, which has left when there is more to say."""
    heard = tmp_path / "heard.wav"
    code, complaints = await run_unread(
        "call", NOBODY, "--carrier", "twilio", "--auth-token", "a", "--record", str(heard)
    )

    assert code == 1
    assert b"Traceback" not in complaints
    with wave.open(str(heard)) as recording:
        assert recording.getframerate() == 8000
