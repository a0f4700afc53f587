"""The gateway as it is served, for both carriers and as many calls as come; it tells of itself when it is asked to.

SIGUSR1: how many tasks there are goes to the file `tasks`. SIGUSR2: a profile is begun, and ended by the next, in the
file `profile`. Run by `python -m tests.benchmarks`.
"""

import asyncio
import cProfile
import logging
import signal
from base64 import b64encode

import uvloop

from gateway.garbage import settle
from gateway.settings.model import Settings
from gateway.telemetry.logs import LogFormat, configure_logs
from gateway.wiring import run_gateway
from tests.benchmarks import ours
from tests.benchmarks.carrier import TELNYX_KEY
from tests.benchmarks.processes import PROFILE, TASKS, Inheritance, inherited


def settings(inheritance: Inheritance) -> Settings:
    """Both carriers' keys, and none of the limits that stand between a replica and its last call."""
    port = inheritance.listener.getsockname()[1]
    chosen = ours.settings(inheritance.folder, port, inheritance.kallglot_url).model_dump()
    chosen["telnyx"]["public_key"] = (b64encode(TELNYX_KEY.public_key().public_bytes_raw()).decode(),)
    chosen["admission"]["max_calls"] = 10_000
    chosen["server"]["max_connections_per_address"] = 0
    with chosen["routes"].open("a") as routes:
        routes.write("barge_in = true\n")  # so that there is something to clear for
    return Settings.model_validate(chosen)


async def serve(inheritance: Inheritance) -> None:
    """Run the gateway until SIGTERM."""
    stop = asyncio.Event()
    profile = cProfile.Profile()
    is_profiled = False

    def tell() -> None:
        (inheritance.folder / TASKS).write_text(str(len(asyncio.all_tasks())))

    def toggle() -> None:
        nonlocal is_profiled
        if is_profiled:
            profile.disable()
            profile.dump_stats(inheritance.folder / PROFILE)
        else:
            profile.enable()
        is_profiled = not is_profiled

    loop = asyncio.get_running_loop()
    for number, act in ((signal.SIGTERM, stop.set), (signal.SIGUSR1, tell), (signal.SIGUSR2, toggle)):
        loop.add_signal_handler(number, act)
    async with run_gateway(settings(inheritance), public=inheritance.listener):
        settle()
        await stop.wait()


def main() -> None:
    """Serve on the socket that was handed over."""
    inheritance = inherited()
    configure_logs(LogFormat.JSON, level=logging.WARNING)
    uvloop.run(serve(inheritance))


if __name__ == "__main__":
    main()
