"""The project's own commands as processes of their own."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

COMMAND = (sys.executable, "-m", "gateway")


def surroundings(**more: str) -> dict[str, str]:
    """This process's environment without the gateway's variables, and with these."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}  # noqa: TID251
    return {**environ, **more}


@contextmanager
def running(*arguments: str, cwd: Path, **environ: str) -> Iterator[subprocess.Popen[str]]:
    """A command that runs until it is told to stop, and is not left behind by a test that fails."""
    process = subprocess.Popen(
        [*COMMAND, *arguments], cwd=cwd, env=surroundings(**environ), stderr=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def logged(process: subprocess.Popen[str], event: str) -> dict[str, Any]:
    """The next log line of an event."""
    stderr: IO[str] | None = process.stderr
    assert stderr is not None
    seen = []
    for line in stderr:
        seen.append(line)
        fields: dict[str, Any] = json.loads(line)
        if fields["event"] == event:
            return fields
    raise AssertionError(f"{event} was not logged: {seen}")


async def run_unread(*arguments: str) -> tuple[int | None, bytes]:
    """Run a command whose output nobody reads, as with `| head -1`: its exit code, and what it complains of."""
    reader, writer = os.pipe()
    os.close(reader)
    process = await asyncio.create_subprocess_exec(
        *(*COMMAND, *arguments), env=surroundings(), stdout=writer, stderr=asyncio.subprocess.PIPE
    )
    os.close(writer)
    _, complaints = await process.communicate()
    return process.returncode, complaints
