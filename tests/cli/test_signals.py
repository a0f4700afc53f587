import asyncio
import signal
import subprocess
import sys

import pytest

from gateway.cli.signals import stop_signals

_STUBBORN = """
import asyncio, sys
from gateway.cli.signals import stop_signals

async def main() -> None:
    stop = stop_signals()
    print("ready", flush=True)
    await stop.wanted.wait()
    print("stopping", flush=True)
    if "stubborn" in sys.argv:
        await stop.at_once.wait()
        print("hurrying", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def start(*arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", _STUBBORN, *arguments], stdout=subprocess.PIPE, text=True)
    assert said(process) == "ready"
    return process


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda kind: kind.name)
def test_a_signal_stops_a_command_in_good_order(kind: signal.Signals) -> None:
    """It has its time to say goodbye."""
    with start() as process:
        process.send_signal(kind)

        assert said(process) == "stopping"
        assert process.wait() == 0


async def test_what_runs_under_nohup_stays_when_the_terminal_goes() -> None:
    """It was asked for."""
    loop = asyncio.get_running_loop()
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        stop_signals()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        for kind in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(kind)
        signal.signal(signal.SIGHUP, before)


def test_the_second_interrupt_is_impatient_and_the_third_deadly() -> None:
    """The second leaves time for what must not be left undone; the third leaves none."""
    with start("stubborn") as process:
        for answer in ("stopping", "hurrying"):
            process.send_signal(signal.SIGINT)
            assert said(process) == answer
        process.send_signal(signal.SIGINT)

        assert process.wait() == -signal.SIGINT
