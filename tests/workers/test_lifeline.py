import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gateway.workers.lifeline import Hello, decode

_WORKER = """
import socket, sys, time
from gateway.workers.lifeline import Lifeline

Lifeline(socket.socket(fileno=int(sys.argv[1]))).tell(4711)
while True:  # as a loop that hangs
    pass
"""


@contextmanager
def _worker(wire: socket.socket) -> Iterator[subprocess.Popen[bytes]]:
    fd = wire.fileno()
    with wire, subprocess.Popen([sys.executable, "-c", _WORKER, str(fd)], pass_fds=[fd]) as process:
        wire.close()
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("read", [True, False], ids=["after-hello", "hello-unread"])
def test_a_worker_whose_parent_is_gone_dies_at_once(read: bool) -> None:
    """Even one that hangs: it would sit on a port that the parent's successor wants."""
    ours, theirs = socket.socketpair()
    with _worker(theirs) as process:
        if read:
            assert decode(ours.makefile("rb").readline()) == Hello(admin_port=4711)
        ours.close()

        assert process.wait(timeout=10) == -signal.SIGKILL
