"""`gateway demo`: sandbox, gateway and two simulated calls, shown live and checked."""

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import Console

LOG_FILE = "gateway.log"
"""In the folder of the recordings: on the terminal it would write over what is drawn there."""


def demo(
    out: Annotated[Path, typer.Option(help="Folder for what each side heard, as WAV.")] = Path("demo-calls"),
) -> None:
    """Run a gateway with two simulated calls on this machine. Exit code 1 where a check fails."""
    import asyncio

    import uvloop
    from rich.console import Console

    from gateway.telemetry.logs import LogFormat, configure_logs

    try:
        out.mkdir(parents=True, exist_ok=True)
        log = (out / LOG_FILE).open("w", encoding="utf-8")
    except OSError as exc:
        raise ConfigError([f"--out: {out} cannot be written to: {exc.strerror}"]) from exc
    with log, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        configure_logs(LogFormat.JSON, stream=log)
        try:
            holds = runner.run(_run(out, Console()))
        except asyncio.CancelledError:
            raise typer.Exit(128 + signal.SIGTERM) from None  # as shells have it
    typer.echo(f"The gateway's log: {out / LOG_FILE}")
    raise typer.Exit(0 if holds else 1)


async def _run(out: Path, console: "Console") -> bool:
    """Run it; SIGTERM ends it as Ctrl-C does, with all that it has opened closed."""
    import asyncio

    from gateway.demo.run import run_demo

    this = asyncio.current_task()
    assert this is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    return await run_demo(out, console)
