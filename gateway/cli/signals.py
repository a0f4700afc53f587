"""How a command that runs until it is stopped is stopped."""

import asyncio
import signal
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Stop:
    """What the operator wants by now."""

    wanted: asyncio.Event = field(default_factory=asyncio.Event)
    """SIGTERM, SIGHUP, or the first SIGINT: finish what is under way."""
    at_once: asyncio.Event = field(default_factory=asyncio.Event)
    """The second SIGINT: do not wait for anything. A third ends the process as it stands."""


def stop_signals() -> Stop:
    """Listen to SIGTERM, SIGINT and SIGHUP on the running loop; to SIGHUP not where it is ignored, as under `nohup`."""
    loop = asyncio.get_running_loop()
    stop = Stop()

    def interrupted() -> None:
        if stop.wanted.is_set():
            stop.at_once.set()
            loop.remove_signal_handler(signal.SIGINT)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        stop.wanted.set()

    loop.add_signal_handler(signal.SIGTERM, stop.wanted.set)
    # A terminal that goes sends it: by itself it would end the process as it stands, calls cut and sessions open.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        loop.add_signal_handler(signal.SIGHUP, stop.wanted.set)
    loop.add_signal_handler(signal.SIGINT, interrupted)
    return stop
