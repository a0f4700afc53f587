import io
import os
import re
import subprocess
import sys
from array import array
from pathlib import Path

from rich.console import Console

from gateway.demo.run import run_demo
from gateway.demo.sentences import COLD_HEARTED, MADE_AMIABLE
from tests.demo.sounds import FOUND, blockwise, likeness, read

_RAN_DRY = re.compile(r"(\d+) ×")
"""How often, by call: the cells of one line of the demo's table."""


def test_the_recordings_hold_the_speech_that_was_sent(tmp_path: Path) -> None:
    """From any folder, without a terminal, a configuration or a look at the environment's settings."""
    environ = {**os.environ, "GATEWAY_MEDIA__LEAD_MS": "soon"}  # noqa: TID251 - handed on to the command
    command = [sys.executable, "-m", "gateway", "demo"]

    done = subprocess.run(command, check=False, cwd=tmp_path, env=environ, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "All 15 checks hold." in done.stdout
    assert "\x1b" not in done.stdout
    dry = dict(zip(("twilio", "telnyx"), map(int, _RAN_DRY.findall(done.stdout)), strict=True))
    for carrier, sentence in (("twilio", MADE_AMIABLE), ("telnyx", COLD_HEARTED)):
        said = read(sentence.path)
        at_kallglot = read(tmp_path / "demo-calls" / f"{carrier}-kallglot-heard.wav")[: len(said)]
        assert likeness(array("h", said), array("h", at_kallglot)) > 0.99
        heard = blockwise(said, read(tmp_path / "demo-calls" / f"{carrier}-caller-heard.wav"))
        whole = sum(alike > FOUND for alike in heard)
        # A busy machine's play-out runs dry, and a block with a gap in it is like nothing that was said.
        assert whole >= len(heard) - dry[carrier], heard
        assert whole >= len(heard) / 2, heard


async def test_a_caller_who_hears_nothing_fails_the_demo(tmp_path: Path) -> None:
    """And is named, with the reason."""
    out = io.StringIO()

    holds = await run_demo(tmp_path, Console(file=out, force_terminal=True, width=100), counterpart="mute")

    assert not holds
    assert "twilio: what the caller heard is not what was said: likeness 0.00" in out.getvalue()
    assert "telnyx: what the caller heard is not what was said: likeness 0.00" in out.getvalue()
    assert out.getvalue().count("FAILED") == 2
