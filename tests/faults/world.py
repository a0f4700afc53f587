"""Gateways and the Kallglots behind them, each in a process of its own."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.chaos.processes import Command
from tests.fakes.valkey import free_port
from tests.fakes.world import AUTH_TOKEN, PUBLIC_KEY, ROUTES
from tests.faults.patterns import Counterpart
from tests.faults.signs import Scrape

_SAID = "".join(
    f'[[turn]]\nat_s = {second + 0.5}\nspeaker = "customer"\ntext = "{second}"\nbeep_ms = 300\n'
    for second in range(600)
)
"""Something every second, for longer than any load lasts."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A gateway for one load after the other."""

    counterpart: Counterpart
    url: str
    command: Command
    admin_url: str
    http: httpx.AsyncClient

    async def scrape(self) -> Scrape:
        """Its metrics now."""
        return Scrape((await self.http.get(f"{self.admin_url}/metrics")).text)


@asynccontextmanager
async def open_lanes(folder: Path, counterparts: Sequence[Counterpart]) -> AsyncIterator[list[Lane]]:
    """A gateway for each of these, and a sandbox for those that are alike; no process outlives the block."""
    (folder / "routes.toml").write_text(ROUTES)
    (folder / "said.toml").write_text(_SAID)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=10.0))
        async with asyncio.TaskGroup() as tasks:
            ports = {each: free_port() for each in counterparts}
            for counterpart, port in ports.items():
                sandbox = _sandbox(folder, counterpart, port)
                stack.push_async_callback(sandbox.stop)
                tasks.create_task(sandbox.start(f"http://127.0.0.1:{port}/sandbox/sessions"))
            lanes = []
            for number, counterpart in enumerate(counterparts):
                lane = _gateway(folder, f"gateway-{number}", counterpart, ports[counterpart], http)
                stack.push_async_callback(lane.command.stop)
                tasks.create_task(lane.command.start(f"{lane.admin_url}/readyz"))
                lanes.append(lane)
        yield lanes


def _sandbox(folder: Path, counterpart: Counterpart, port: int) -> Command:
    options = ["--port", str(port), "--counterpart", counterpart, "--no-keep-audio"]
    if counterpart is Counterpart.SCRIPT:
        options += ["--script", str(folder / "said.toml")]
    return Command(f"sandbox-{counterpart}", ["sandbox", *options], {}, folder)


def _gateway(folder: Path, name: str, counterpart: Counterpart, kallglot_port: int, http: httpx.AsyncClient) -> Lane:
    url, admin_port = f"http://127.0.0.1:{(port := free_port())}", free_port()
    variables = {
        "GATEWAY_PUBLIC_URL": url,
        "GATEWAY_ROUTES": str(folder / "routes.toml"),
        "GATEWAY_SERVER__HOST": "127.0.0.1",
        "GATEWAY_SERVER__PORT": str(port),
        "GATEWAY_ADMIN__PORT": str(admin_port),
        "GATEWAY_KALLGLOT__BASE_URL": f"http://127.0.0.1:{kallglot_port}/v1",
        "GATEWAY_KALLGLOT__API_KEY": "sk_test_1",
        "GATEWAY_TWILIO__AUTH_TOKENS": f'["{AUTH_TOKEN}"]',
        "GATEWAY_TELNYX__PUBLIC_KEY": PUBLIC_KEY,
        "GATEWAY_STORE__URL": f"sqlite:///{folder / name}.db",
        # Everything shares a few cores here: that a gateway turns callers away for it is tested elsewhere.
        "GATEWAY_ADMISSION__MAX_LAG_MS": "0",
        "GATEWAY_LOG__FORMAT": "json",
    }
    command = Command(name, ["serve"], variables, folder)
    return Lane(counterpart, url, command, f"http://127.0.0.1:{admin_port}", http)
