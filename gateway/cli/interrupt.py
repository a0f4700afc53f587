"""How a command that comes to an end by itself is brought to it earlier."""

import asyncio
import signal


def first_interrupt() -> asyncio.Event:
    """Set by SIGTERM or the first SIGINT on the running loop; a second SIGINT ends the command as it stands."""
    loop = asyncio.get_running_loop()
    wanted = asyncio.Event()

    def interrupted() -> None:
        wanted.set()
        loop.remove_signal_handler(signal.SIGINT)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, interrupted)
    return wanted
