"""A terminal: a shell that is told one command after the other."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.until import until

_GOES_S = 15.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command."""

    code: int
    output: str
    """Both streams."""


class Shell:
    """One terminal; what it exports and starts lasts until it is closed."""

    def __init__(self, process: asyncio.subprocess.Process, notes: Path) -> None:
        self._process = process
        self._notes = notes
        self._count = 0

    async def run(self, command: str, *, timeout_s: float) -> Outcome:
        """Do it, and wait until there is a prompt again; what it leaves in the background goes on."""
        assert self._process.stdin is not None
        self._count += 1
        output, code = self._notes / f"{self._count}.output", self._notes / f"{self._count}.code"
        self._process.stdin.write(f"{{ {command}\n}} >{output} 2>&1 </dev/null; echo $? >{code}\n".encode())
        await self._process.stdin.drain()
        try:
            await until(lambda: code.exists() and code.read_text().endswith("\n"), timeout_s=timeout_s)
        except TimeoutError:
            raise AssertionError(f"{command}\nis not done after {timeout_s:g} s:\n{output.read_text()}") from None
        return Outcome(int(code.read_text()), output.read_text())

    def said(self) -> str:
        """All that was printed so far, by what runs in the background too."""
        return "".join(path.read_text() for path in sorted(self._notes.glob("*.output")))


@asynccontextmanager
async def open_shell(folder: Path, notes: Path, environ: Mapping[str, str]) -> AsyncIterator[Shell]:
    """A terminal in `folder`, whose output goes to `notes`; all that it started goes with it."""
    nowhere = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *("bash", "--noprofile", "--norc"),
        cwd=folder,
        env=environ,
        stdin=asyncio.subprocess.PIPE,
        stdout=nowhere,
        stderr=nowhere,
        start_new_session=True,
    )
    try:
        yield Shell(process, notes)
    finally:
        if _is_there(process.pid):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            await until(lambda: not _is_there(process.pid), timeout_s=_GOES_S)
        finally:
            if _is_there(process.pid):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def _is_there(group: int) -> bool:
    """Whether any process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
