"""The relays' processes: each on its core, each with a listening socket that was opened for it."""

import asyncio
import socket
import sys
from argparse import ArgumentParser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.benchmarks.cpu import pin
from tests.cli.processes import surroundings

TASKS = "tasks"
PROFILE = "profile"
"""Files in which a relay tells of itself."""

_START_S = 30.0
_STOP_S = 10.0
_LOG = "log"


@dataclass(frozen=True, slots=True)
class Relay:
    """A relay that runs."""

    name: str
    pid: int
    url: str
    folder: Path
    """Its own files."""


@dataclass(frozen=True, slots=True)
class Inheritance:
    """What a relay's process is given."""

    listener: socket.socket
    kallglot_url: str
    folder: Path


@asynccontextmanager
async def run_relay(
    name: str,
    module: str,
    core: int,
    kallglot_url: str,
    folder: Path,
    *,
    trust: Path | None = None,
    logs: bool = True,
) -> AsyncIterator[Relay]:
    """A relay's process, which answers requests, for as long as the context lasts; its files are in `folder`.

    It believes whom the certificates in the file `trust` vouch for. What it logs is shown, or else in a file.
    """
    own_folder = folder / name
    own_folder.mkdir()
    environ = surroundings() if trust is None else surroundings(SSL_CERT_FILE=str(trust))
    with (own_folder / _LOG).open("wb") as log, socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, "--fd", str(listener.fileno()), "--core", str(core)),
            *("--kallglot", kallglot_url, "--folder", str(own_folder)),
            pass_fds=[listener.fileno()],
            env=environ,
            stdout=sys.stderr if logs else log,
            stderr=sys.stderr if logs else log,
        )
    try:
        async with httpx.AsyncClient(timeout=_START_S, trust_env=False) as http:
            await http.get(url)  # waits in the socket's backlog while the relay starts; any answer will do
        yield Relay(name, process.pid, url, own_folder)
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(_STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def inherited() -> Inheritance:
    """What `run_relay` gave to this process, which is on its core from now on."""
    parser = ArgumentParser()
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--core", type=int, required=True)
    parser.add_argument("--kallglot", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    pin(options.core)
    listener = socket.socket(fileno=options.fd)
    listener.setblocking(False)  # noqa: FBT003 - the standard library's signature
    return Inheritance(listener, options.kallglot, options.folder)
