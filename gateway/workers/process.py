"""One worker's process, as its parent has it."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.workers.lifeline import decode


class Worker:
    """Runs until it is told to go, or dies."""

    def __init__(
        self, process: asyncio.subprocess.Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self.admin_url = ""
        """Where it can be asked, once it is up."""

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    async def up(self) -> bool:
        """Wait until it carries calls; False where it will not."""
        line = await self._reader.readline()
        if line:
            self.admin_url = f"http://127.0.0.1:{decode(line).admin_port}"
        return bool(line)

    async def ended(self) -> int:
        """Wait for its end; its exit code, or the signal that ended it as a negative number."""
        return await self._process.wait()

    def drain(self) -> None:
        """Have it go in good order."""
        self._send(signal.SIGTERM)

    def hurry(self) -> None:
        """Have one that drains end its calls; one that is not up yet has none."""
        if self.admin_url:
            self._send(signal.SIGINT)
        else:
            self.kill()

    def kill(self) -> None:
        """End one that does not listen."""
        self._send(signal.SIGKILL)

    def let_go(self) -> None:
        """Close the wire: one that still runs dies of it."""
        self._writer.close()

    def _send(self, kind: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(kind)


@dataclass(frozen=True, slots=True)
class Launch:
    """How workers are started.

    All accept on one listening socket, rather than on one each by SO_REUSEPORT: connections wait in one queue, so that
    none is lost or left waiting with a worker that dies, hangs or starts again. The price is that workers with little
    to do share unevenly (59 to 141 of 200 connections), which mends itself as they get busy (103 to 97).
    """

    command: Sequence[str]
    """Starts a worker, given `NUMBER --listener FD --lifeline FD`."""
    listener: socket.socket
    """The public one."""

    async def start(self, number: int) -> Worker:
        """A new process, in a session of its own: Ctrl-C is the parent's to hear.

        Raises:
            OSError: the system has no room for it.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            fds = (self.listener.fileno(), theirs.fileno())
            try:
                process = await asyncio.create_subprocess_exec(
                    *self.command,
                    *(str(number), "--listener", str(fds[0]), "--lifeline", str(fds[1])),
                    stdin=asyncio.subprocess.DEVNULL,
                    pass_fds=fds,
                    start_new_session=True,
                )
            except BaseException:
                ours.close()
                raise
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        return Worker(process, reader, writer)
