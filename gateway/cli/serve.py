"""`gateway serve`: the gateway, until it is told to stop."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.configuration import ConfigOption, read_settings
from gateway.errors import ConfigError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from gateway.bridge.drain import DrainReport
    from gateway.cli.signals import Stop
    from gateway.settings.model import Settings
    from gateway.wiring import Gateway

_MOST_WORKERS = 256
"""More than any machine has cores for: a typing error."""


def serve(
    config: ConfigOption = None,
    workers: Annotated[int, typer.Option(metavar="N", help="Processes that share the calls of one big machine.")] = 1,
) -> None:
    """Run the gateway until SIGTERM, SIGHUP or SIGINT (Ctrl-C), then drain it; a second SIGINT ends live calls at once.

    Exit code 0 where every call finished or moved to another replica, 1 where calls had to be cut.

    Workers are replicas on one port: each uses a core and has limits of its own, and one that dies is started again.

    They need a store.url that several processes can use, redis:// or rediss://.
    """
    import asyncio

    from gateway.telemetry.logs import LogFormat, configure_logs

    if not 1 <= workers <= _MOST_WORKERS:
        raise ConfigError([f"--workers must be 1 to {_MOST_WORKERS}, not {workers}"])
    settings = read_settings(config)
    configure_logs(LogFormat(settings.log.format))
    in_good_order = serve_calls(settings) == 0 if workers == 1 else asyncio.run(_serve_by(workers, settings, config))
    if not in_good_order:
        raise typer.Exit(1)


async def _serve_by(workers: int, settings: "Settings", config: Path | None) -> bool:
    from gateway.cli.signals import stop_signals
    from gateway.workers.run import run_workers

    chosen = ("--config", str(config)) if config is not None else ()
    return await run_workers(settings, workers, (sys.executable, "-m", "gateway", "worker", *chosen), stop_signals())


def serve_calls(
    settings: "Settings",
    *,
    public: "socket.socket | None" = None,
    admin: "socket.socket | None" = None,
    started: "Callable[[Gateway], None]" = lambda _gateway: None,
) -> int:
    """Carry calls in this process until it is told to stop; how many had to be cut.

    Listens by the settings where it is given no sockets; `started` is told when it does.

    Raises:
        ConfigError: the settings name what cannot be used.
        StoreUnavailableError: the store cannot be opened.
    """
    import asyncio

    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(settings, public, admin, started))


async def _serve(
    settings: "Settings",
    public: "socket.socket | None",
    admin: "socket.socket | None",
    started: "Callable[[Gateway], None]",
) -> int:
    from gateway.cli.signals import stop_signals
    from gateway.descriptors import raise_limit, wanted
    from gateway.garbage import settle
    from gateway.settings.missing import missing_secrets, unguarded
    from gateway.telemetry.logs import logger
    from gateway.wiring import run_gateway

    log = logger("gateway")
    stop = stop_signals()
    limit = raise_limit()
    if limit < wanted(settings.admission.max_calls):
        log.warning("descriptors_few", limit=limit, wanted=wanted(settings.admission.max_calls))
    async with run_gateway(settings, public=public, admin=admin) as gateway:
        for problem in missing_secrets(settings, gateway.routes.table.routes):
            log.warning("secret_missing", problem=problem)
        for problem in unguarded(settings):
            log.warning("webhooks_unguarded", problem=problem)
        settle()
        started(gateway)
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
