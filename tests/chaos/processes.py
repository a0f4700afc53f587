"""The project's own commands as processes, each with its log in a file."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping
from pathlib import Path

import httpx

from gateway.settings.load import environment

START_S = 30.0
"""For a process to answer: a second alone on the machine, more where several start at once."""
_STOP_S = 10.0
_LOOK_AGAIN_S = 0.02


class Command:
    """`gateway …`, started and stopped again and again."""

    def __init__(self, name: str, arguments: list[str], variables: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._arguments = arguments
        self._folder = folder
        inherited = {key: value for key, value in environment().items() if not key.startswith("GATEWAY_")}
        self._environment = {**inherited, **variables}
        self._process: Process | None = None

    @property
    def is_running(self) -> bool:
        """It was started, and has not ended."""
        return self._process is not None and self._process.returncode is None

    async def start(self, answers_at: str) -> None:
        """Start it, and wait until it answers there with 200."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "gateway", *self._arguments),
                env=self._environment,
                # Where no configuration file of somebody's lies.
                cwd=self._folder,
                stdout=log,
                stderr=log,
            )
        async with httpx.AsyncClient(trust_env=False) as http, asyncio.timeout(START_S):
            while not await _is_there(http, answers_at):
                if self._process.returncode is not None:
                    raise RuntimeError(f"{self.name} has ended with {self._process.returncode}: {self.log.read_text()}")
                await asyncio.sleep(_LOOK_AGAIN_S)

    async def kill(self) -> None:
        """End it without its knowledge."""
        if self._process is not None and self.is_running:
            self._process.kill()
            await self._process.wait()

    async def ask_to_stop(self, patience_s: float) -> int:
        """SIGTERM, and its exit code.

        Raises:
            TimeoutError: it is still there after that long.
        """
        assert self._process is not None, "only what was started can be stopped"
        self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(patience_s):
            return await self._process.wait()

    async def stop(self) -> None:
        """SIGTERM, and then no patience."""
        if not self.is_running:
            return
        try:
            await self.ask_to_stop(_STOP_S)
        except TimeoutError:
            await self.kill()

    def failures(self) -> list[str]:
        """What its log holds that no fault of others explains: tracebacks."""
        found = []
        for line in self.log.read_text().splitlines():
            if line.startswith("{"):
                entry = json.loads(line)
                if "exception" in entry:
                    found.append(f"{self.name}: {entry['event']}: {entry['exception'].splitlines()[-1]}")
            elif line.startswith("Traceback"):
                found.append(f"{self.name}: {line}")
        return found


async def _is_there(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(url)).status_code == 200
    except httpx.HTTPError:
        return False
