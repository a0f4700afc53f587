import signal
import subprocess
import sys

import pytest

_STUBBORN = """
import asyncio
from gateway.cli.interrupt import first_interrupt

async def main() -> None:
    interrupt = first_interrupt()
    print("ready", flush=True)
    await interrupt.wait()
    print("ending", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM], ids=lambda kind: kind.name)
def test_the_first_signal_is_heard_and_the_next_interrupt_is_one(first: signal.Signals) -> None:
    """Whoever does not wait for a report presses Ctrl-C once more."""
    with subprocess.Popen(
        [sys.executable, "-c", _STUBBORN], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(first)
        assert process.stdout.readline() == "ending\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert "KeyboardInterrupt" in err
    assert process.returncode == -signal.SIGINT
