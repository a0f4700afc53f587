"""How a command that runs until it is stopped is stopped."""

import asyncio
import signal
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Stop:
    """What the operator wants by now."""

    wanted: asyncio.Event = field(default_factory=asyncio.Event)
    """SIGTERM, or the first SIGINT: finish what is under way."""
    at_once: asyncio.Event = field(default_factory=asyncio.Event)
    """The second SIGINT: do not wait for anything. A third ends the process as it stands."""


def stop_signals() -> Stop:
    """Listen to SIGTERM and SIGINT on the running loop."""
    loop = asyncio.get_running_loop()
    stop = Stop()

    def interrupted() -> None:
        if stop.wanted.is_set():
            stop.at_once.set()
            loop.remove_signal_handler(signal.SIGINT)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        stop.wanted.set()

    loop.add_signal_handler(signal.SIGTERM, stop.wanted.set)
    loop.add_signal_handler(signal.SIGINT, interrupted)
    return stop
