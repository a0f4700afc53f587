"""A peer that resets connections, as a balancer does that restarts."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def resetting_port() -> Iterator[int]:
    """A port on which every connection is reset before the event loop that opened it has looked at it again."""
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)  # noqa: FBT003 - the standard library's signature
        closed = False

        def reset() -> None:
            with contextlib.suppress(BlockingIOError):
                connection, _ = listener.accept()
                # Lingering for no time: a reset instead of an end.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
            if not closed:
                loop.call_soon(reset)

        reset()
        try:
            yield int(listener.getsockname()[1])
        finally:
            closed = True
