import asyncio
import json
import os
import signal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.app import app
from gateway.demo.sentences import MADE_AMIABLE
from tests.cli.processes import COMMAND, run_unread, surroundings
from tests.fakes.until import until
from tests.fakes.world import AUTH_TOKEN, open_world

NOBODY = "http://127.0.0.1:1"
NO_TEXT = MADE_AMIABLE.path


async def begin(*arguments: str) -> asyncio.subprocess.Process:
    """A process of its own, as the gateway runs in this one."""
    return await asyncio.create_subprocess_exec(
        *(*COMMAND, "load", *arguments),
        env=surroundings(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # a Ctrl-C of its terminal's
    )


async def end(process: asyncio.subprocess.Process) -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def children(process: asyncio.subprocess.Process) -> list[int]:
    """The processes that it has started (proc_pid_task(5))."""
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


async def test_a_load_is_run_and_reported_on(tmp_path: Path) -> None:
    """As text, as JSON without secrets, as a page, and as an exit code: one limit does not hold. Twilio goes unsaid."""
    (tmp_path / "slo.toml").write_text("[at_most]\nlost = 0\nsetup_p50_ms = 0.001\n")
    async with open_world(tmp_path, sandbox={"counterpart": "echo"}) as world:
        process = await begin(
            *(world.url, "--auth-token", AUTH_TOKEN, "--calls", "2"),
            *("--ramp", "0", "--duration", "1.2", "--fault", "jitter:ms=20", "--slo", str(tmp_path / "slo.toml")),
            *("--json", str(tmp_path / "out.json"), "--html", str(tmp_path / "out.html")),
        )
        code, out, err = await end(process)

    assert code == 1, err
    assert "calls: 2 placed, 2 at once; 2 completed, 0 lost, 0 refused" in out
    assert "holds: lost at most 0: 0" in out
    assert "BROKEN: setup_p50_ms at most 0.001" in out
    written = json.loads((tmp_path / "out.json").read_text())
    assert (written["figures"]["completed"], written["plan"]["faults"]) == (2, ["jitter:ms=20"])
    assert written["plan"]["carriers"] == ["twilio"]
    assert written["seconds"]
    # Not in all that is written: among thousands of digits there may be these by chance.
    assert AUTH_TOKEN not in json.dumps(written["plan"])
    assert (tmp_path / "out.html").read_text().startswith("<!doctype html>")


async def test_a_generator_that_was_held_up_says_so(tmp_path: Path) -> None:
    """Nobody is lost and no limit is broken: the figures are doubtful, and the exit code tells."""
    (tmp_path / "slo.toml").write_text("[at_most]\nlost = 0\n")
    async with open_world(tmp_path, sandbox={"counterpart": "echo"}) as world:
        process = await begin(
            *(world.url, "--carrier", "twilio", "--auth-token", AUTH_TOKEN, "--calls", "2"),
            *("--ramp", "0", "--duration", "3", "--slo", str(tmp_path / "slo.toml")),
        )
        heard = world.gateway.switchboard.live
        # Both speak: before, there is nothing that could come late.
        await until(lambda: [relay.counts.frames_in > 0 for relay in heard()] == [True, True], timeout_s=30)
        [worker] = children(process)
        os.kill(worker, signal.SIGSTOP)
        await asyncio.sleep(0.4)
        os.kill(worker, signal.SIGCONT)
        code, out, err = await end(process)
    assert code == 2, err
    assert "holds: lost at most 0: 0" in out
    assert "not to be believed: the generator was " in out


async def test_a_generator_that_has_lost_a_process_reports_on_the_others(tmp_path: Path) -> None:
    """The machine's memory was short, say: what the rest has measured is told, with a reason to doubt it."""
    async with open_world(tmp_path, sandbox={"counterpart": "echo"}) as world:
        process = await begin(
            *(world.url, "--carrier", "twilio", "--auth-token", AUTH_TOKEN, "--calls", "2", "--processes", "2"),
            *("--ramp", "0", "--hold", "3", "--duration", "3"),
        )
        live = world.gateway.switchboard.live
        await until(lambda: [relay.counts.frames_in > 0 for relay in live()] == [True, True], timeout_s=30)
        os.kill(children(process)[0], signal.SIGKILL)
        code, out, err = await end(process)
    assert code == 2, err
    assert "1 completed, 0 lost, 0 refused" in out
    assert "not to be believed: a process of the generator ended with code -9, and its calls with it" in out


async def test_a_load_that_is_interrupted_reports_on_what_there_was(tmp_path: Path) -> None:
    """Ctrl-C: callers hang up, and nothing that was measured is lost."""
    (tmp_path / "slo.toml").write_text("[at_most]\nlost = 0\n")
    async with open_world(tmp_path, sandbox={"counterpart": "echo"}) as world:
        process = await begin(
            *(world.url, "--carrier", "twilio", "--auth-token", AUTH_TOKEN, "--calls", "1", "--duration", "600"),
            *("--slo", str(tmp_path / "slo.toml"), "--json", str(tmp_path / "out.json")),
        )
        live = world.gateway.switchboard.live
        await until(lambda: [relay.counts.frames_in > 0 for relay in live()] == [True], timeout_s=30)
        process.send_signal(signal.SIGINT)
        code, out, err = await end(process)
    assert code == 2, err
    assert "1 completed, 0 lost, 0 refused" in out
    assert "not to be believed: it was stopped after " in out
    assert json.loads((tmp_path / "out.json").read_text())["figures"]["completed"] == 1


async def test_a_load_that_is_interrupted_while_it_starts_ends_in_order() -> None:
    """A terminal's Ctrl-C reaches every process of the command's group; those of the generator are told by it alone."""
    process = await begin(
        *(NOBODY, "--carrier", "twilio", "--auth-token", "a", "--calls", "1", "--ramp", "0"),
        *("--arrivals", "poisson", "--hold", "600", "--duration", "900", "--seed", "5"),  # who would call after minutes
    )

    def is_started() -> bool:
        return any(b"load.worker" in Path(f"/proc/{child}/cmdline").read_bytes() for child in children(process))

    await until(is_started, timeout_s=30)
    os.killpg(process.pid, signal.SIGINT)
    code, out, err = await end(process)
    assert code == 2, err
    assert "Traceback" not in err
    assert "0 placed" in out
    [doubt] = [line for line in out.splitlines() if line.startswith("not to be believed: ")]
    assert "it was stopped after " in doubt


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--calls", "0"], "calls must be more than 0 and finite, not 0"),
        (["--duration", "0.5"], "duration must be longer than 0.5: no call of a second fits into it"),
        (["--fault", "storm"], "fault must be one of"),
        (["--pid", "1073741824"], "pid 1073741824 is no process"),
        (["--json", "/missing/load.json"], "--json: /missing/load.json cannot be written: No such file"),
        (["--html", "/"], "--html: / cannot be written: Is a directory"),
        (["--slo", str(NO_TEXT)], f"--slo: {NO_TEXT} must be UTF-8 text"),
    ],
    ids=["calls", "duration", "fault", "pid", "json", "html", "slo"],
)
def test_what_cannot_be_run_is_refused(arguments: list[str], problem: str) -> None:
    """Before anything is started."""
    result = CliRunner().invoke(app, ["load", NOBODY, "--carrier", "twilio", "--auth-token", "a", *arguments])
    assert problem in str(result.exception)


def test_what_was_measured_is_told_where_there_is_no_room_left_for_a_file() -> None:
    """A disk that has filled up meanwhile costs the file, not the report of an hour."""
    told = CliRunner().invoke(
        app, ["load", NOBODY, "--calls", "1", "--ramp", "0", "--duration", "1", "--hold", "1", "--html", "/dev/full"]
    )
    assert told.exit_code == 1
    assert "calls: 1 placed" in told.output
    assert "cannot be written: No space left on device" in str(told.exception)


async def test_what_was_measured_is_kept_where_nobody_reads_the_report(tmp_path: Path) -> None:
    """As with `| head -1`, which has left when there is more to say."""
    figures = tmp_path / "figures.json"
    code, complaints = await run_unread(
        *("load", NOBODY, "--calls", "1", "--ramp", "0", "--duration", "1", "--hold", "1", "--json", str(figures))
    )

    assert code == 1
    assert b"Traceback" not in complaints
    assert json.loads(figures.read_text())["figures"]["refused"] == 1
