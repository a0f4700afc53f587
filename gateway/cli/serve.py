"""`gateway serve`: the gateway, until it is told to stop."""

from typing import TYPE_CHECKING

import typer

from gateway.cli.configuration import ConfigOption, read_settings

if TYPE_CHECKING:
    from gateway.bridge.drain import DrainReport
    from gateway.cli.signals import Stop
    from gateway.settings.model import Settings
    from gateway.wiring import Gateway


def serve(config: ConfigOption = None) -> None:
    """Run the gateway until SIGTERM or SIGINT (Ctrl-C), then drain it; a second SIGINT ends live calls at once.

    Exit code 0 where every call finished or moved to another replica, 1 where calls had to be cut.
    """
    import asyncio

    import uvloop

    from gateway.telemetry.logs import LogFormat, configure_logs

    settings = read_settings(config)
    configure_logs(LogFormat(settings.log.format))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        cut = runner.run(_serve(settings))
    if cut:
        raise typer.Exit(1)


async def _serve(settings: "Settings") -> int:
    """How many calls had to be cut."""
    import gc

    from gateway.cli.signals import stop_signals
    from gateway.settings.missing import missing_secrets
    from gateway.telemetry.logs import logger
    from gateway.wiring import run_gateway

    log = logger("gateway")
    stop = stop_signals()
    async with run_gateway(settings) as gateway:
        for problem in missing_secrets(settings, gateway.routes.table.routes):
            log.warning("secret_missing", problem=problem)
        # What was imported and opened lives as long as the process: no collection has to look through it again.
        gc.collect()
        gc.freeze()
        await stop.wanted.wait()
        report = await _drain(gateway, stop)
    log.info("gateway_stopped", finished=report.finished, moved=report.moved, cut=report.cut)
    return report.cut


async def _drain(gateway: "Gateway", stop: "Stop") -> "DrainReport":
    """Empty the replica, as long as there is patience; what is left is ended with the gateway."""
    import asyncio

    async with asyncio.TaskGroup() as tasks:
        draining = tasks.create_task(gateway.drain.run())
        impatient = tasks.create_task(stop.at_once.wait())
        await asyncio.wait([draining, impatient], return_when=asyncio.FIRST_COMPLETED)
        draining.cancel()
        impatient.cancel()
    return gateway.drain.report()
