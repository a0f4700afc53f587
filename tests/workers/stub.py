"""Stands in for a worker's process, without the second that a real one takes to start.

`python stub.py MODE NUMBER --listener FD --lifeline FD`. It listens to its signals, and writes down those it hears.
"""

import signal
import socket
import sys
from pathlib import Path

STUB = Path(__file__)
GONE_AT_ONCE, STUBBORN, WELL, CUTS = "gone-at-once", "stubborn", "well", "cuts"


def _main(mode: str, number: int, lifeline: int) -> int:
    if mode == GONE_AT_ONCE:
        return 3
    kinds = {signal.SIGINT} if mode == STUBBORN else {signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    wire = socket.socket(fileno=lifeline)
    wire.sendall(b'{"admin_port":%d}\n' % (1000 + number))
    signal.sigwait(kinds)
    return 1 if mode == CUTS else 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1], int(sys.argv[2]), int(sys.argv[-1])))
