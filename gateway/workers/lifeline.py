"""The wire between a worker and its parent: by it a worker says where it answers, and learns that it is an orphan.

A worker whose parent is gone dies at once, as a replica that is killed: its calls are resumed by whoever serves the
port next. It would otherwise go on with nobody to stop it, on a port that its parent's successor wants.
"""

import contextlib
import os
import signal
import socket
import threading

import msgspec
from msgspec import Struct


class Hello(Struct, frozen=True):
    """A worker carries calls from now on."""

    admin_port: int
    """Of its own admin listener, on this machine's loopback."""


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Hello).decode


class Lifeline:
    """The worker's end."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire = wire
        # A thread: an event loop that hangs would not notice.
        threading.Thread(target=self._die_with_the_parent, name="lifeline", daemon=True).start()

    def tell(self, admin_port: int) -> None:
        """It can be asked there."""
        # Without a parent there is nobody to tell, nor much time left.
        with contextlib.suppress(OSError):
            self._wire.sendall(encode(Hello(admin_port)) + b"\n")

    def _die_with_the_parent(self) -> None:
        # An error is an end too: what the parent had not read when it died is one.
        with contextlib.suppress(OSError):
            while self._wire.recv(1):
                pass
        os.kill(os.getpid(), signal.SIGKILL)
