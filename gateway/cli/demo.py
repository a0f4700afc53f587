"""`gateway demo`: sandbox, gateway and two simulated calls, shown live and checked."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.errors import ConfigError

LOG_FILE = "gateway.log"
"""In the folder of the recordings: on the terminal it would write over what is drawn there."""


def demo(
    out: Annotated[Path, typer.Option(help="Folder for what each side heard, as WAV.")] = Path("demo-calls"),
) -> None:
    """Run a gateway with two simulated calls on this machine. Exit code 1 where a check fails."""
    import asyncio

    import uvloop
    from rich.console import Console

    from gateway.demo.run import run_demo
    from gateway.telemetry.logs import LogFormat, configure_logs

    try:
        out.mkdir(parents=True, exist_ok=True)
        log = (out / LOG_FILE).open("w", encoding="utf-8")
    except OSError as exc:
        raise ConfigError([f"--out: {out} cannot be written to: {exc.strerror}"]) from exc
    with log, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        configure_logs(LogFormat.JSON, stream=log)
        holds = runner.run(run_demo(out, Console()))
    typer.echo(f"The gateway's log: {out / LOG_FILE}")
    raise typer.Exit(0 if holds else 1)
