import asyncio
import signal
from pathlib import Path

from typer.testing import CliRunner

from gateway.cli.app import app
from gateway.errors import ConfigError
from tests.cli.processes import COMMAND, surroundings
from tests.fakes.until import until


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    """Before anybody is called; the demo itself is tried in tests/demo."""
    taken = tmp_path / "taken"
    taken.write_text("")

    result = CliRunner().invoke(app, ["demo", "--out", str(taken)])

    assert isinstance(result.exception, ConfigError)
    assert str(result.exception) == f"--out: {taken} cannot be written to: File exists"


async def test_one_that_is_terminated_leaves_nothing_behind(tmp_path: Path) -> None:
    """No folder with a call's store, and no terminal without a cursor: it ends as with Ctrl-C."""

    def is_under_way() -> bool:
        return any(tmp_path.glob("gateway-demo-*"))

    process = await asyncio.create_subprocess_exec(
        *(*COMMAND, "demo", "--out", str(tmp_path / "out")),
        env=surroundings(TMPDIR=str(tmp_path)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    await until(is_under_way, timeout_s=60)
    process.send_signal(signal.SIGTERM)
    _, err = await process.communicate()

    assert process.returncode == 128 + signal.SIGTERM, err
    assert b"Traceback" not in err
    assert not is_under_way()
